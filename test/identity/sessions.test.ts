/**
 * Sessions: what a refresh token is good for, and what ends one.
 *
 * Two servers over one database stand for two processes: what ends on one has ended on the other within a second.
 */
import { createHash, randomUUID } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { Revocations } from "../../src/domains/identity/session/revocations.ts";
import { firstIdAt, newId } from "../../src/platform/wire/uuid.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, PASSWORD, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { meeting, race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { until } from "../support/until.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let api: TestApi;
let other: TestApi;
let anyone: Clients;
let admin: Clients;

test.before(async () => {
  [api, other] = await Promise.all([startTestApi(), startTestApi()]);
  anyone = api.clients();
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
});
test.after(async () => {
  await Promise.all([api.stop(), other.stop()]);
});

interface Session {
  access: string;
  refresh: string;
}

async function signIn(user: TestUser): Promise<Session> {
  return sessionOf(await anyone.identity.login({ login: user.email, password: PASSWORD }));
}

function sessionOf({ tokens }: { tokens?: { accessToken: string; refreshToken: string } }): Session {
  return { access: tokens?.accessToken ?? "", refresh: tokens?.refreshToken ?? "" };
}

/** "answered", or the reason why not; asked of one of the two servers. */
async function profileWith(token: string, server: TestApi = api): Promise<string> {
  return server
    .clients({ token })
    .identity.getProfile({})
    .then(
      () => "answered",
      (error: unknown) => reasonOf(Promise.reject(error)),
    );
}

async function untilVoid(access: string, server: TestApi): Promise<void> {
  await until("the access token is void", async () => (await profileWith(access, server)) === "INVALID_TOKEN");
}

async function refresh(refreshToken: string): Promise<Session> {
  return sessionOf(await anyone.identity.refreshTokens({ refreshToken }));
}

test("a refresh token gives a new pair once, and so does the next one", async () => {
  const user = await api.signUp("CUSTOMER");
  let session = await signIn(user);
  for (let times = 0; times < 3; times++) {
    const next = await refresh(session.refresh);
    assert.is.not(next.refresh, session.refresh);
    assert.is(await profileWith(next.access), "answered");
    session = next;
  }
});

test("a lost answer signs nobody out: the same token gives another successor, and all of them serve until one is used", async () => {
  const { refresh: token } = await signIn(await api.signUp("CUSTOMER"));
  const successors = [await refresh(token), await refresh(token), await refresh(token)];
  assert.is(new Set(successors.map((one) => one.refresh)).size, 3);
  for (const { access } of successors) assert.is(await profileWith(access), "answered");
  const [first, second] = successors;
  const next = await refresh(second?.refresh ?? "");
  assert.is(await profileWith(next.access), "answered");
  assert.is(await reasonOf(refresh(first?.refresh ?? "")), "INVALID_REFRESH_TOKEN");
  assert.is(await reasonOf(refresh(next.refresh)), "INVALID_REFRESH_TOKEN");
});

test("an old token whose successor was used ends the whole family, access tokens too, and no other session", async () => {
  const user = await api.signUp("CUSTOMER");
  const elsewhere = await signIn(user);
  const stolen = await signIn(user);
  const next = await refresh((await refresh(stolen.refresh)).refresh);
  assert.equal(await refusalOf(refresh(stolen.refresh)), {
    code: "Unauthenticated",
    reason: "INVALID_REFRESH_TOKEN",
    fields: [],
    metadata: {},
  });
  assert.is(await reasonOf(refresh(next.refresh)), "INVALID_REFRESH_TOKEN");
  for (const server of [api, other]) {
    await untilVoid(next.access, server);
    await untilVoid(stolen.access, server);
    assert.is(await profileWith(elsewhere.access, server), "answered");
  }
  assert.ok((await refresh(elsewhere.refresh)).access);
});

test("half a minute after its first use a token is a stolen one, however often it served before", async () => {
  const { refresh: token } = await signIn(await api.signUp("CUSTOMER"));
  await refresh(token);
  await turnBack(token, { used_at: "25 seconds" });
  const again = await refresh(token);
  await turnBack(token, { used_at: "6 seconds" });
  assert.is(await reasonOf(refresh(token)), "INVALID_REFRESH_TOKEN");
  assert.is(await reasonOf(refresh(again.refresh)), "INVALID_REFRESH_TOKEN");
});

const CROWD = 12;

test("the same token twelve times at once serves all; of the successors, used at once, one serves and the family ends", async () => {
  const user = await api.signUp("CUSTOMER");
  for (let times = 0; times < 5; times++) {
    const { refresh: token } = await signIn(user);
    const successors = await race(CROWD, () => refresh(token));
    assert.is(new Set(successors.map((one) => one.refresh)).size, CROWD);
    const pairs: Session[] = [];
    const outcomes = await race(CROWD, async (index) => {
      const answer = refresh(successors[index]?.refresh ?? "");
      return answer.then(
        (pair) => (pairs.push(pair), "served"),
        () => reasonOf(answer),
      );
    });
    assert.equal(tally(outcomes), { served: 1, INVALID_REFRESH_TOKEN: CROWD - 1 });
    assert.is(await reasonOf(refresh(pairs[0]?.refresh ?? "")), "INVALID_REFRESH_TOKEN");
  }
});

test("without the lock the same race of successors serves both", async () => {
  const { refresh: token } = await signIn(await api.signUp("CUSTOMER"));
  const successors = [await refresh(token), await refresh(token)];
  const met = meeting(successors.length);
  const served = await race(successors.length, (index) =>
    refreshWithoutLock(api.database, successors[index]?.refresh ?? "", met),
  );
  assert.equal(served, [true, true]);
});

/** Reads that no successor is used, then marks its own, as one would write it first. */
function refreshWithoutLock(database: Sequelize, token: string, met: () => Promise<void>): Promise<boolean> {
  const hash = hashOf(token);
  return withTransaction(database, async () => {
    const rows = await runSql(
      database,
      `SELECT FROM identity.refresh_tokens other JOIN identity.refresh_tokens t USING (parent)
       WHERE t.hash = $1 AND other.used_at IS NOT NULL`,
      [hash],
    );
    await met();
    if (rows.length > 0) return false;
    await runSql(database, "UPDATE identity.refresh_tokens SET used_at = now() WHERE hash = $1", [hash]);
    return true;
  });
}

test("an old token that is used while a successor's successor is used leaves nobody signed in", async () => {
  const user = await api.signUp("CUSTOMER");
  for (let times = 0; times < 5; times++) {
    const first = await signIn(user);
    const newest = await refresh((await refresh(first.refresh)).refresh);
    const pairs: Session[] = [];
    await race(2, (index) =>
      refresh(index === 0 ? first.refresh : newest.refresh).then(
        (pair) => pairs.push(pair),
        () => 0,
      ),
    );
    for (const pair of pairs) assert.is(await reasonOf(refresh(pair.refresh)), "INVALID_REFRESH_TOKEN");
  }
});

test("a session ends ninety days after its sign-in, however it is used, and its access tokens with it", async () => {
  const user = await api.signUp("CUSTOMER");
  const [young, old] = [await signIn(user), await signIn(user)];
  await beginEarlier(young, 90 * DAY_MS - MINUTE_MS);
  const { tokens } = await anyone.identity.refreshTokens({ refreshToken: young.refresh });
  for (const end of [tokens?.refreshTokenExpireTime, tokens?.accessTokenExpireTime]) {
    assert.ok(end !== undefined && timestampMs(end) <= Date.now() + MINUTE_MS, "it ends with the session");
  }
  await beginEarlier(old, 90 * DAY_MS + MINUTE_MS);
  assert.is(await reasonOf(refresh(old.refresh)), "INVALID_REFRESH_TOKEN");
});

test("an admin's session ends after twelve hours without use, also when its owner became an admin meanwhile", async () => {
  const [customer, boss] = [await api.signUp("CUSTOMER"), await api.signUp("ADMIN")];
  const { tokens } = await anyone.identity.login({ login: boss.email, password: PASSWORD });
  assert.ok(
    tokens?.refreshTokenExpireTime !== undefined &&
      timestampMs(tokens.refreshTokenExpireTime) <= Date.now() + 12 * HOUR_MS,
  );
  for (const { idle, outcome } of [
    { idle: "11 hours", outcome: "served" },
    { idle: "13 hours", outcome: "INVALID_REFRESH_TOKEN" },
  ]) {
    const session = await signIn(boss);
    await turnBack(session.refresh, { created_at: idle });
    assert.is(await outcomeOf(refresh(session.refresh)), outcome);
  }
  const [asCustomer, asAdmin] = [await signIn(customer), await signIn(customer)];
  for (const { refresh: token } of [asCustomer, asAdmin]) await turnBack(token, { created_at: "13 hours" });
  assert.is(await outcomeOf(refresh(asCustomer.refresh)), "served");
  await admin.identity.updateUser({ user: { id: customer.id, role: Role.ADMIN } });
  assert.is(await outcomeOf(refresh(asAdmin.refresh)), "INVALID_REFRESH_TOKEN");
});

async function outcomeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "served",
    () => reasonOf(answer),
  );
}

/** As if a token had been made, or used, so much earlier. */
async function turnBack(token: string, times: Partial<Record<"created_at" | "used_at", string>>): Promise<void> {
  for (const [column, by] of Object.entries(times)) {
    await runSql(
      api.database,
      `UPDATE identity.refresh_tokens SET ${column} = ${column} - $2::interval WHERE hash = $1`,
      [hashOf(token), by],
    );
  }
}

/** As if a session had begun so much earlier: its id tells the time. */
async function beginEarlier({ refresh: token }: Session, ms: number): Promise<void> {
  const family = firstIdAt(Date.now() - ms).slice(0, -12) + randomUUID().slice(-12);
  await runSql(api.database, "UPDATE identity.refresh_tokens SET family = $2 WHERE hash = $1", [hashOf(token), family]);
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

test("an unknown, an expired and an access token do not refresh", async () => {
  const user = await api.signUp("CUSTOMER");
  const { access, refresh: expired } = await signIn(user);
  await runSql(api.database, "UPDATE identity.refresh_tokens SET expires_at = now() WHERE hash = $1", [
    hashOf(expired),
  ]);
  for (const token of ["nonsense", expired]) assert.is(await reasonOf(refresh(token)), "INVALID_REFRESH_TOKEN");
  assert.ok(["INVALID_REFRESH_TOKEN", "INVALID_FIELDS"].includes(await reasonOf(refresh(access))));
});

test("logging out ends the session, its used tokens named or not, and is no error for an unknown token", async () => {
  const user = await api.signUp("CUSTOMER");
  const first = await signIn(user);
  const second = await refresh(first.refresh);
  await anyone.identity.logout({ refreshToken: first.refresh });
  assert.is(await reasonOf(refresh(second.refresh)), "INVALID_REFRESH_TOKEN");
  assert.is(await profileWith(second.access), "INVALID_TOKEN");
  await anyone.identity.logout({ refreshToken: first.refresh });
  await anyone.identity.logout({ refreshToken: "nonsense" });
});

test("a new password ends every other session and keeps the one that set it", async () => {
  const user = await api.signUp("CUSTOMER");
  const [here, there] = [await signIn(user), await signIn(user)];
  const mine = api.clients({ token: here.access });
  const change = { currentPassword: PASSWORD, newPassword: "another good phrase" };
  assert.is(
    await reasonOf(mine.identity.changePassword({ ...change, currentPassword: "wrong password" })),
    "WRONG_CREDENTIALS",
  );
  assert.equal((await refusalOf(mine.identity.changePassword({ ...change, newPassword: user.email }))).fields, [
    "new_password",
  ]);
  await mine.identity.changePassword(change);
  for (const server of [api, other]) {
    await untilVoid(there.access, server);
    assert.is(await profileWith(here.access, server), "answered");
  }
  assert.is(await reasonOf(refresh(there.refresh)), "INVALID_REFRESH_TOKEN");
  const next = await refresh(here.refresh);
  assert.is(await profileWith(next.access), "answered");
  assert.is(await reasonOf(signIn(user)), "WRONG_CREDENTIALS");
  assert.ok((await anyone.identity.login({ login: user.email, password: change.newPassword })).tokens);
});

const ENDED: Record<string, (user: TestUser) => Promise<unknown>> = {
  disabled: ({ id }) => admin.identity.updateUser({ user: { id, disabled: true } }),
  deleted: ({ id }) => admin.identity.deleteUser({ id }),
  "made an admin": ({ id }) => admin.identity.updateUser({ user: { id, role: Role.ADMIN } }),
};

for (const [what, end] of Object.entries(ENDED)) {
  test(`the access tokens of a user who is ${what} are void on every process`, async () => {
    const user = await api.signUp("CUSTOMER");
    const session = await signIn(user);
    for (const server of [api, other]) assert.is(await profileWith(session.access, server), "answered");
    await end(user);
    for (const server of [api, other]) await untilVoid(session.access, server);
    if (what === "made an admin") assert.ok(await admin.identity.getUser({ id: user.id }));
    else assert.is(await reasonOf(refresh(session.refresh)), "INVALID_REFRESH_TOKEN");
  });
}

test("a session goes on with the new role after a change of role", async () => {
  const user = await api.signUp("CUSTOMER");
  const session = await signIn(user);
  await admin.identity.updateUser({ user: { id: user.id, role: Role.ADMIN } });
  const { access } = await refresh(session.refresh);
  assert.is((await api.clients({ token: access }).identity.getUser({ id: user.id })).user?.role, Role.ADMIN);
  await admin.identity.updateUser({ user: { id: user.id, role: Role.CUSTOMER } });
});

test("a user who is disabled does not sign in, and is told no more than with a wrong password; enabled again he does", async () => {
  const user = await api.signUp("CUSTOMER");
  await admin.identity.updateUser({ user: { id: user.id, disabled: true } });
  assert.is(await reasonOf(signIn(user)), "WRONG_CREDENTIALS");
  await admin.identity.updateUser({ user: { id: user.id, disabled: false } });
  assert.is(await profileWith((await signIn(user)).access), "answered");
});

test("revocations that are committed late, behind newer ones, are seen all the same", async () => {
  const [slow, fast] = [await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER")];
  const written = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  const late = withTransaction(api.database, async () => {
    await revokeAll(slow);
    written.resolve();
    await mayEnd.promise;
  });
  await written.promise;
  await revokeAll(fast);
  await untilVoid(fast.token, other);
  assert.is(await profileWith(slow.token, other), "answered");
  mayEnd.resolve();
  await late;
  await untilVoid(slow.token, other);
});

test("revocations of another history, whose transactions count anew, are seen all the same", async () => {
  const user = await api.signUp("CUSTOMER");
  assert.is(await profileWith(user.token, other), "answered");
  await runSql(api.database, "SELECT platform.begin_history()");
  await runSql(
    api.database,
    "INSERT INTO identity.revocations (id, xact, subject, expires_at) VALUES ($1, '5', $2, now() + interval '1 hour')",
    [newId(), user.id],
  );
  await untilVoid(user.token, other);
});

test("when nobody can tell whether a token was ended, it is not accepted", async () => {
  const database = openDatabase({ url: api.config.databaseUrl, pool: 1, name: "test revocations" });
  const revocations = await Revocations.open(database, {
    onPoll: async () => undefined,
    onSweep: async () => undefined,
  });
  await revocations.stop();
  assert.is(revocations.current(), undefined);
  await database.close();
  await until("it is known that nobody knows", async () => {
    const asking = Promise.resolve(revocations.current());
    return asking.then(
      () => false,
      () => true,
    );
  });
});

async function revokeAll({ id }: TestUser): Promise<void> {
  await runSql(
    api.database,
    "INSERT INTO identity.revocations (id, subject, expires_at) VALUES ($1, $2, now() + interval '1 hour')",
    [newId(), id],
  );
}

test("a stored hash of lesser parameters is made anew at the next sign-in, and only then", async () => {
  const user = await api.signUp("CUSTOMER");
  const hashOf = async () =>
    (
      await runSql<{ hash: string }>(api.database, "SELECT password_hash AS hash FROM identity.users WHERE id = $1", [
        user.id,
      ])
    )[0]?.hash;
  const today = await hashOf();
  await signIn(user);
  assert.is(await hashOf(), today);
  await runSql(api.database, "UPDATE identity.users SET password_hash = $2 WHERE id = $1", [user.id, WEAKER]);
  assert.is(
    await reasonOf(anyone.identity.login({ login: user.email, password: "wrong password" })),
    "WRONG_CREDENTIALS",
  );
  assert.is(await hashOf(), WEAKER);
  await signIn(user);
  assert.match((await hashOf()) ?? "", /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.ok((await signIn(user)).access);
});

/** PASSWORD with 8 MiB and one pass. */
let WEAKER = "";
test.before(async () => {
  const { argon2Sync, randomBytes } = await import("node:crypto");
  const salt = randomBytes(16);
  const tag = argon2Sync("argon2id", {
    message: PASSWORD,
    nonce: salt,
    tagLength: 32,
    memory: 8_192,
    passes: 1,
    parallelism: 1,
  });
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  WEAKER = `$argon2id$v=19$m=8192,t=1,p=1$${text(salt)}$${text(tag)}`;
});

test("two that register with one e-mail at once leave no half account behind", async () => {
  const email = `${randomUUID()}@example.com`;
  const outcomes = await race(4, (index) => {
    const answer = anyone.identity.register({
      email,
      username: `half-${index}-${email.slice(0, 8)}`,
      password: PASSWORD,
    });
    return answer.then(
      () => "made",
      () => reasonOf(answer),
    );
  });
  assert.equal(tally(outcomes), { made: 1, EMAIL_TAKEN: 3 });
});

test.run();
