/**
 * Sessions: what a refresh token is good for, and what ends one.
 *
 * Two servers over one database stand for two processes: what ends on one has ended on the other within a second.
 */
import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { execute, openDatabase, select } from "../../src/platform/database.ts";
import { Revocations } from "../../src/identity/revocations.ts";
import { newId } from "../../src/platform/identifier.ts";
import { withTransaction } from "../../src/platform/transaction.ts";
import { type Clients, PASSWORD, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";

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
  return server.clients({ token }).identity.getProfile({}).then(() => "answered", (error: unknown) => reasonOf(Promise.reject(error)));
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

test("a second use ends the whole family, access tokens too, and no other session", async () => {
  const user = await api.signUp("CUSTOMER");
  const elsewhere = await signIn(user);
  const stolen = await signIn(user);
  const next = await refresh(stolen.refresh);
  assert.equal(await refusalOf(refresh(stolen.refresh)), { code: "Unauthenticated", reason: "INVALID_REFRESH_TOKEN", fields: [], metadata: {} });
  assert.is(await reasonOf(refresh(next.refresh)), "INVALID_REFRESH_TOKEN");
  await sleep(1_000);
  for (const server of [api, other]) {
    assert.is(await profileWith(next.access, server), "INVALID_TOKEN");
    assert.is(await profileWith(stolen.access, server), "INVALID_TOKEN");
    assert.is(await profileWith(elsewhere.access, server), "answered");
  }
  assert.ok((await refresh(elsewhere.refresh)).access);
});

test("the same token twice at once serves one of them, and the family ends", async () => {
  const user = await api.signUp("CUSTOMER");
  for (let times = 0; times < 5; times++) {
    const session = await signIn(user);
    const pairs: Session[] = [];
    const outcomes = await race(2, async () => {
      const answer = refresh(session.refresh);
      return answer.then((pair) => (pairs.push(pair), "served"), () => reasonOf(answer));
    });
    assert.equal(tally(outcomes), { served: 1, INVALID_REFRESH_TOKEN: 1 });
    assert.is(await reasonOf(refresh(pairs[0]?.refresh ?? "")), "INVALID_REFRESH_TOKEN");
  }
});

test("without the lock the same race serves both", async () => {
  const user = await api.signUp("CUSTOMER");
  let both = 0;
  for (let times = 0; times < 5; times++) {
    const { refresh: token } = await signIn(user);
    const served = await race(2, () => refreshWithoutLock(api.database, token));
    if (served.every(Boolean)) both++;
  }
  assert.ok(both > 0, "never did both get through");
});

/** Reads that the token is unused, then marks it, as one would write it first. */
function refreshWithoutLock(database: Sequelize, token: string): Promise<boolean> {
  const hash = createHash("sha256").update(token).digest();
  return withTransaction(database, async () => {
    const [row] = await select<{ used: boolean }>(database, "SELECT used_at IS NOT NULL AS used FROM identity.refresh_tokens WHERE hash = $1", [hash]);
    if (row?.used !== false) return false;
    await execute(database, "UPDATE identity.refresh_tokens SET used_at = now() WHERE hash = $1", [hash]);
    return true;
  });
}

test("an old token of a family that is used while the newest is used, too, leaves nobody signed in", async () => {
  const user = await api.signUp("CUSTOMER");
  for (let times = 0; times < 5; times++) {
    const first = await signIn(user);
    const second = await refresh(first.refresh);
    const pairs: Session[] = [];
    await race(2, (index) => refresh(index === 0 ? first.refresh : second.refresh).then((pair) => pairs.push(pair), () => 0));
    for (const pair of pairs) assert.is(await reasonOf(refresh(pair.refresh)), "INVALID_REFRESH_TOKEN");
  }
});

test("an unknown, an expired and an access token do not refresh", async () => {
  const user = await api.signUp("CUSTOMER");
  const { access, refresh: expired } = await signIn(user);
  await execute(api.database, "UPDATE identity.refresh_tokens SET expires_at = now() WHERE hash = $1", [createHash("sha256").update(expired).digest()]);
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
  assert.is(await reasonOf(mine.identity.changePassword({ ...change, currentPassword: "wrong password" })), "WRONG_CREDENTIALS");
  assert.equal((await refusalOf(mine.identity.changePassword({ ...change, newPassword: user.email }))).fields, ["new_password"]);
  await mine.identity.changePassword(change);
  await sleep(1_000);
  for (const server of [api, other]) {
    assert.is(await profileWith(here.access, server), "answered");
    assert.is(await profileWith(there.access, server), "INVALID_TOKEN");
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
  test(`the access tokens of a user who is ${what} are void on every process within a second`, async () => {
    const user = await api.signUp("CUSTOMER");
    const session = await signIn(user);
    for (const server of [api, other]) assert.is(await profileWith(session.access, server), "answered");
    await end(user);
    await sleep(1_000);
    for (const server of [api, other]) assert.is(await profileWith(session.access, server), "INVALID_TOKEN");
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
  await sleep(1_000);
  assert.equal([await profileWith(slow.token, other), await profileWith(fast.token, other)], ["answered", "INVALID_TOKEN"]);
  mayEnd.resolve();
  await late;
  await sleep(1_000);
  assert.is(await profileWith(slow.token, other), "INVALID_TOKEN");
});

test("when nobody can tell whether a token was ended, it is not accepted", async () => {
  const database = openDatabase({ url: api.config.databaseUrl, pool: 1, name: "test revocations" });
  const revocations = await Revocations.open(database, { onPoll: async () => undefined, onSweep: async () => undefined });
  await revocations.stop();
  assert.is(revocations.current(), undefined);
  await database.close();
  await sleep(1_000);
  const outcome = await Promise.resolve(revocations.current()).then(() => "known", () => "refused");
  assert.is(outcome, "refused");
});

async function revokeAll({ id }: TestUser): Promise<void> {
  await execute(api.database, "INSERT INTO identity.revocations (id, subject, expires_at) VALUES ($1, $2, now() + interval '1 hour')", [newId(), id]);
}

test("a stored hash of lesser parameters is made anew at the next sign-in, and only then", async () => {
  const user = await api.signUp("CUSTOMER");
  const hashOf = async () => (await select<{ hash: string }>(api.database, "SELECT password_hash AS hash FROM identity.users WHERE id = $1", [user.id]))[0]?.hash;
  const today = await hashOf();
  await signIn(user);
  assert.is(await hashOf(), today);
  await execute(api.database, "UPDATE identity.users SET password_hash = $2 WHERE id = $1", [user.id, WEAKER]);
  assert.is(await reasonOf(anyone.identity.login({ login: user.email, password: "wrong password" })), "WRONG_CREDENTIALS");
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
  const tag = argon2Sync("argon2id", { message: PASSWORD, nonce: salt, tagLength: 32, memory: 8_192, passes: 1, parallelism: 1 });
  const text = (bytes: Buffer) => bytes.toString("base64").replace(/=+$/, "");
  WEAKER = `$argon2id$v=19$m=8192,t=1,p=1$${text(salt)}$${text(tag)}`;
});

test("two that register with one e-mail at once leave no half account behind", async () => {
  const email = `${randomUUID()}@example.com`;
  const outcomes = await race(4, (index) => {
    const answer = anyone.identity.register({ email, username: `half-${index}-${email.slice(0, 8)}`, password: PASSWORD });
    return answer.then(() => "made", () => reasonOf(answer));
  });
  assert.equal(tally(outcomes), { made: 1, EMAIL_TAKEN: 3 });
});

test.run();
