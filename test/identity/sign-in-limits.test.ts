/**
 * Guessing passwords: what is bounded, over four APIs that share a Redis and a database, and whom it does not harm.
 *
 * Method: callers' addresses are told by a proxy that the APIs trust. Each test has accounts and addresses of its own.
 */
// time limit: 120 s
import type { CallOptions } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { metrics } from "../../src/platform/telemetry/metrics.ts";
import { PATIENT_WITH_REDIS, type Clients, insertUser, PASSWORD, startTestApi, type TestApi } from "../support/api.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { until } from "../support/until.ts";

/** Few, since each failure is a hash. */
const AT_ONE_ADDRESS = 3;
const OF_AN_ADDRESS = 8;
const FROM_EVERYWHERE = 7;
const LIMITS = `sign-in-account=${AT_ONE_ADDRESS}/60s,sign-in-address=${OF_AN_ADDRESS}/60s,sign-in-guesses=${FROM_EVERYWHERE}/10m,password-change=3/60s`;

let apis: TestApi[];
let api: TestApi;
/** Without Redis. */
let alone: TestApi;
let admin: Clients;
let networks = 0;

test.before(async () => {
  const environment = { RATE_LIMITS: LIMITS, TRUSTED_PROXIES: "127.0.0.1" };
  const shared = { ...environment, REDIS_URL: process.env["TEST_REDIS_URL"] ?? "" };
  apis = await Promise.all(Array.from({ length: 4 }, () => startTestApi(shared, PATIENT_WITH_REDIS)));
  [api] = apis as [TestApi];
  alone = await startTestApi(environment);
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
});
test.after(async () => {
  await Promise.all([...apis, alone].map((one) => one.stop()));
});

interface Tried {
  login: string;
  password?: string;
  from: string;
  at?: TestApi | undefined;
}

function from(address: string): CallOptions {
  return { headers: { "x-forwarded-for": address } };
}

async function outcomeOf({ login, password = "not the password", from: address, at = api }: Tried): Promise<string> {
  const answer = at.clients().identity.login({ login, password }, from(address));
  return answer.then(
    () => "signed in",
    () => reasonOf(answer),
  );
}

/** An address in a network that no other test uses. */
function anAddress(): string {
  return `10.1.${networks++}.7`;
}

async function anAccount(): Promise<{ id: string; email: string }> {
  return insertUser(api.database, "CUSTOMER");
}

/** Strangers fail as often as they can about an account. */
async function exhaust(login: string, at = api): Promise<void> {
  for (let failures = 0; failures < FROM_EVERYWHERE; failures += 2) {
    const address = anAddress();
    await Promise.all([1, 2].map(() => outcomeOf({ login, from: address, at })));
  }
}

test("failures about an account at one address are bounded over all processes, by each of its names", async () => {
  const { email } = await anAccount();
  const username = email.slice(0, email.indexOf("@"));
  const [here, elsewhere] = [anAddress(), anAddress()];
  const logins = [email, username, email.toUpperCase(), username.toUpperCase()];
  const outcomes = await race(16, (index) =>
    outcomeOf({ login: logins[index % 4] ?? "", from: here, at: apis[(index + (index >> 2)) % 4] }),
  );
  assert.equal(tally(outcomes), { WRONG_CREDENTIALS: AT_ONE_ADDRESS, RATE_LIMITED: 16 - AT_ONE_ADDRESS });
  assert.equal(
    (await refusalOf(api.clients().identity.login({ login: email, password: PASSWORD }, from(here)))).metadata,
    { limit: "sign-in-account" },
  );
  assert.is(await outcomeOf({ login: email, password: PASSWORD, from: elsewhere }), "signed in");
});

test("without Redis a process bounds them by itself", async () => {
  const { email } = await anAccount();
  const here = anAddress();
  const outcomes = await race(8, () => outcomeOf({ login: email, from: here, at: alone }));
  assert.equal(tally(outcomes), { WRONG_CREDENTIALS: AT_ONE_ADDRESS, RATE_LIMITED: 8 - AT_ONE_ADDRESS });
  await exhaust(email, alone);
  assert.is(await outcomeOf({ login: email, password: PASSWORD, from: anAddress(), at: alone }), "RATE_LIMITED");
});

test("successes do not count, however many come at once or one after the other", async () => {
  const { email } = await anAccount();
  const here = anAddress();
  const outcomes = await race(3 * OF_AN_ADDRESS, (index) =>
    outcomeOf({ login: email, password: PASSWORD, from: here, at: apis[index % 2] }),
  );
  assert.equal(tally(outcomes), { "signed in": 3 * OF_AN_ADDRESS });
  assert.is(await outcomeOf({ login: email, from: here }), "WRONG_CREDENTIALS");
});

test("a call that waits keeps its place until it is answered, and the metric says how many do", async () => {
  const here = anAddress();
  let most = 0;
  let isOver = false;
  const crowd = race(OF_AN_ADDRESS, (index) => outcomeOf({ login: `nobody${index}@test.example`, from: here })).finally(
    () => (isOver = true),
  );
  while (!isOver) {
    most = Math.max(most, (await metrics.signInWaiting.get()).values[0]?.value ?? 0);
    await new Promise(setImmediate);
  }
  assert.equal(tally(await crowd), { WRONG_CREDENTIALS: OF_AN_ADDRESS });
  assert.ok(most > OF_AN_ADDRESS / 2 && most <= OF_AN_ADDRESS, `${most} waited`);
  assert.is((await metrics.signInWaiting.get()).values[0]?.value, 0);
});

test("an address is bounded whatever accounts it tries, and all networks of an IPv6 site are one", async () => {
  const here = anAddress();
  const site = (index: number) => `2001:db8:7:${index.toString(16)}::1`;
  for (const address of [() => here, site]) {
    const outcomes = await race(16, (index) =>
      outcomeOf({ login: `nobody${index}@test.example`, from: address(index), at: apis[index % 4] }),
    );
    assert.equal(tally(outcomes), { WRONG_CREDENTIALS: OF_AN_ADDRESS, RATE_LIMITED: 16 - OF_AN_ADDRESS });
  }
  const { email } = await anAccount();
  const refusal = await refusalOf(api.clients().identity.login({ login: email, password: PASSWORD }, from(site(99))));
  assert.equal([refusal.reason, refusal.metadata], ["RATE_LIMITED", { limit: "sign-in-address" }]);
});

test("what strangers do keeps nobody out of where he signed in before: neither from everywhere nor from his own site", async () => {
  const { email } = await anAccount();
  const home = "2001:db8:8:1::1";
  const sameNetwork = "2001:db8:8:1::ffff";
  assert.is(await outcomeOf({ login: email, password: PASSWORD, from: home }), "signed in");
  await race(OF_AN_ADDRESS, (index) =>
    outcomeOf({ login: `nobody${index}@test.example`, from: `2001:db8:8:2::${index}` }),
  );
  await exhaust(email);
  const elsewhere = await refusalOf(
    api.clients().identity.login({ login: email, password: PASSWORD }, from(anAddress())),
  );
  assert.equal([elsewhere.reason, elsewhere.metadata], ["RATE_LIMITED", { limit: "sign-in-guesses" }]);
  for (const address of [home, sameNetwork])
    assert.is(await outcomeOf({ login: email, password: PASSWORD, from: address }), "signed in");
  const mistyped = await race(AT_ONE_ADDRESS + 1, () => outcomeOf({ login: email, from: home }));
  assert.equal(
    tally(mistyped),
    { WRONG_CREDENTIALS: AT_ONE_ADDRESS, RATE_LIMITED: 1 },
    "where he is known he is held to his own failures",
  );
});

test("where somebody registered he is known, where he has not been for thirty days no more", async () => {
  const [home, email] = [anAddress(), "moved@test.example"];
  const { user } = await api.clients().identity.register({ email, username: "moved", password: PASSWORD }, from(home));
  await exhaust(email);
  assert.is(await outcomeOf({ login: email, password: PASSWORD, from: home }), "signed in");
  await runSql(
    api.database,
    "UPDATE identity.known_addresses SET signed_in_at = now() - interval '30 days' WHERE user_id = $1",
    [user?.id],
  );
  assert.is(await outcomeOf({ login: email, password: PASSWORD, from: home }), "RATE_LIMITED");
});

test("of addresses nothing is kept that tells them, or who shares one; of a deleted account nothing at all", async () => {
  const [one, other] = [await anAccount(), await anAccount()];
  const here = anAddress();
  for (const { email } of [one, other])
    for (let times = 0; times < 2; times++) await outcomeOf({ login: email, password: PASSWORD, from: here });
  const rows = () =>
    runSql<{ user_id: string; mark: Buffer }>(
      api.database,
      "SELECT user_id, mark FROM identity.known_addresses WHERE user_id IN ($1, $2)",
      [one.id, other.id],
    );
  const kept = await rows();
  assert.is(kept.length, 2);
  assert.is(new Set(kept.map(({ mark }) => mark.toString("hex"))).size, 2);
  for (const { mark } of kept) assert.is(mark.length, 32);
  await admin.identity.deleteUser({ id: one.id });
  assert.equal(
    (await rows()).map(({ user_id }) => user_id),
    [other.id],
  );
});

test("a login that nobody has is refused word by word as one that somebody has", async () => {
  const { email } = await anAccount();
  const told: unknown[][] = [];
  for (const login of [email, "nobody-at-all@test.example"]) {
    const addresses = [anAddress(), anAddress(), anAddress(), anAddress()];
    const refusals = [];
    for (const address of addresses) {
      for (let times = 0; times <= AT_ONE_ADDRESS; times++)
        refusals.push(
          await refusalOf(api.clients().identity.login({ login, password: "not the password" }, from(address))),
        );
    }
    told.push(refusals);
  }
  assert.equal(told[0], told[1]);
  const reasons = tally(told[0]?.map((one) => JSON.stringify(one)) ?? []);
  assert.is(Object.keys(reasons).length, 3, "wrong, too often there, too often from everywhere");
});

test("the owner is told of it once a day, and nobody of an account that is disabled or not there", async () => {
  const [account, disabled] = [await anAccount(), await anAccount()];
  const home = anAddress();
  assert.is(await outcomeOf({ login: account.email, password: PASSWORD, from: home }), "signed in");
  await admin.identity.updateUser({ user: { id: disabled.id, disabled: true } });
  await exhaust("not-there@test.example");
  await exhaust(disabled.email);
  await exhaust(account.email);
  await until("the owner is told", async () => (await toldOf(account)) === 1);
  await outcomeOf({ login: account.email, from: home });
  await runSql(api.database, "UPDATE identity.users SET guesses_told_at = guesses_told_at - interval '1 day'", []);
  await outcomeOf({ login: account.email, from: home });
  await until("the owner is told again", async () => (await toldOf(account)) === 2);
  await outcomeOf({ login: account.email, from: home });
  assert.equal([await toldOf(account), await toldOf(disabled)], [2, 0]);
});

async function toldOf({ id }: { id: string }): Promise<number> {
  return (
    await runSql(api.database, "SELECT FROM email.deliveries WHERE user_id = $1 AND type = 'PASSWORD_GUESSED'", [id])
  ).length;
}

test("guesses at the current password have a bucket of their own, and right ones are not in it", async () => {
  const { email } = await anAccount();
  const here = anAddress();
  const { tokens } = await api.clients().identity.login({ login: email, password: PASSWORD }, from(here));
  const mine = api.clients({ token: tokens?.accessToken ?? "" }).identity;
  const change = (currentPassword: string, newPassword: string) =>
    mine.changePassword({ currentPassword, newPassword }, from(here));
  await race(AT_ONE_ADDRESS + 1, () => outcomeOf({ login: email, from: here }));
  const passwords = [PASSWORD, ...[1, 2, 3, 4].map((number) => `another good phrase ${number}`)];
  for (const [index, next] of passwords.slice(1).entries()) await change(passwords[index] ?? "", next);
  const current = passwords.at(-1) ?? "";
  const guesses = await race(5, async () => reasonOf(change("not the password", "something else entirely")));
  assert.equal(tally(guesses), { WRONG_CREDENTIALS: 3, RATE_LIMITED: 2 });
  assert.equal((await refusalOf(change(current, PASSWORD))).metadata, { limit: "password-change" });
  assert.is(await outcomeOf({ login: email, password: current, from: anAddress() }), "signed in");
});

test.run();
