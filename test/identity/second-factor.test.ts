/** A second factor: what turns it on and off, what a sign-in with it takes, and that no code serves twice. */
import { randomBytes } from "node:crypto";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, PASSWORD, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { meeting, race, tally } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";
import { totpCode, wrongCode } from "../support/totp.ts";

let api: TestApi;
let anyone: Clients;
let admin: Clients;

test.before(async () => {
  api = await startTestApi({ KEY_ENCRYPTION_KEY: randomBytes(32).toString("base64") });
  anyone = api.clients();
  admin = api.clients(await api.signUp("ADMIN"));
});
test.after(() => api.stop());

interface Protected extends TestUser {
  secret: string;
  recoveryCodes: string[];
}

/** Turned on by the oldest code that is taken, so that two more may follow. */
async function withSecondFactor(): Promise<Protected> {
  const user = await api.signUp("CUSTOMER");
  const own = api.clients(user).identity;
  const { secret } = await own.enrolTotp({ currentPassword: PASSWORD });
  const { recoveryCodes } = await own.confirmTotp({ code: totpCode(secret, -1) });
  return { ...user, secret, recoveryCodes };
}

async function mfaTokenOf({ email }: TestUser): Promise<string> {
  return (await anyone.identity.login({ login: email, password: PASSWORD })).mfaToken;
}

async function outcomeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "served",
    () => reasonOf(answer),
  );
}

async function mailsTo({ id }: TestUser): Promise<string[]> {
  const rows = await runSql<{ type: string }>(
    api.database,
    "SELECT type FROM email.deliveries WHERE user_id = $1 ORDER BY id",
    [id],
  );
  return rows.map(({ type }) => type);
}

test("it is turned on by the password and a code of the app, and the owner is told", async () => {
  const user = await api.signUp("CUSTOMER");
  const own = api.clients(user).identity;
  assert.is(await reasonOf(own.confirmTotp({ code: "123456" })), "TOTP_NOT_ENROLLED");
  assert.is(await reasonOf(own.enrolTotp({ currentPassword: "not that one" })), "WRONG_CREDENTIALS");
  const { secret, otpauthUri } = await own.enrolTotp({ currentPassword: PASSWORD });
  assert.match(secret, /^[A-Z2-7]{32}$/);
  const uri = new URL(otpauthUri);
  assert.is(uri.protocol + uri.host, "otpauth:totp");
  assert.match(decodeURIComponent(uri.pathname), user.email);
  assert.equal(
    ["secret", "issuer", "algorithm", "digits", "period"].map((name) => uri.searchParams.get(name)),
    [secret, "Bodega", "SHA1", "6", "30"],
  );
  assert.is(await reasonOf(own.confirmTotp({ code: wrongCode(secret) })), "WRONG_MFA_CODE");
  assert.not((await own.getProfile({})).user?.mfaEnabled);
  assert.ok((await anyone.identity.login({ login: user.email, password: PASSWORD })).tokens, "not yet asked for");
  const { recoveryCodes } = await own.confirmTotp({ code: totpCode(secret) });
  assert.is(new Set(recoveryCodes).size, 10);
  assert.ok((await own.getProfile({})).user?.mfaEnabled, "and the session goes on");
  assert.is(await reasonOf(own.enrolTotp({ currentPassword: PASSWORD })), "MFA_ENABLED");
  assert.is(await reasonOf(own.confirmTotp({ code: totpCode(secret, 1) })), "MFA_ENABLED");
  assert.equal(await mailsTo(user), ["MFA_ENABLED"]);
});

test("what is no code at all is a wrong one, in whatever letters", async () => {
  const user = await api.signUp("CUSTOMER");
  const own = api.clients(user).identity;
  await own.enrolTotp({ currentPassword: PASSWORD });
  for (const code of ["1", "１２３４５６", "ééé", "12345é", "1234567", "x".repeat(64), "-", "😀😀"]) {
    assert.is(await reasonOf(own.confirmTotp({ code })), "WRONG_MFA_CODE", code);
  }
});

test("a sign-in then takes the password and a code, and no code serves twice", async () => {
  const user = await withSecondFactor();
  const half = await anyone.identity.login({ login: user.email, password: PASSWORD });
  assert.equal([half.user, half.tokens], [undefined, undefined], "the password alone tells nothing");
  assert.ok(half.mfaTokenExpireTime !== undefined && timestampMs(half.mfaTokenExpireTime) <= Date.now() + 300_000);
  const code = totpCode(user.secret);
  const { user: signedIn, tokens } = await anyone.identity.completeLogin({ mfaToken: half.mfaToken, code });
  assert.is(signedIn?.id, user.id);
  const own = api.clients({ token: tokens?.accessToken ?? "" }).identity;
  assert.is((await own.getProfile({})).user?.id, user.id);
  assert.ok((await anyone.identity.refreshTokens({ refreshToken: tokens?.refreshToken ?? "" })).tokens);

  assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: half.mfaToken, code })), "INVALID_MFA_TOKEN");
  const again = await mfaTokenOf(user);
  for (const used of [code, totpCode(user.secret, -1)]) {
    assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: again, code: used })), "WRONG_MFA_CODE");
  }
  const next = totpCode(user.secret, 1);
  const typed = `${next.slice(0, 3)} ${next.slice(3)}`;
  assert.ok((await anyone.identity.completeLogin({ mfaToken: again, code: typed })).tokens);
});

test("a recovery code serves once, however it is typed", async () => {
  const user = await withSecondFactor();
  const [code = "", other = ""] = user.recoveryCodes;
  const typed = code.replaceAll("-", " ").toUpperCase();
  assert.ok((await anyone.identity.completeLogin({ mfaToken: await mfaTokenOf(user), code: typed })).tokens);
  const mfaToken = await mfaTokenOf(user);
  assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken, code })), "WRONG_MFA_CODE");
  assert.ok((await anyone.identity.completeLogin({ mfaToken, code: other })).tokens);
});

test("an mfa_token serves five tries, five minutes, and only while the password is the one it was given for", async () => {
  const user = await withSecondFactor();
  const tried = await mfaTokenOf(user);
  for (let times = 0; times < 5; times++) {
    assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: tried, code: "abcdef" })), "WRONG_MFA_CODE");
  }
  const code = totpCode(user.secret);
  assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: tried, code })), "INVALID_MFA_TOKEN");
  const old = await mfaTokenOf(user);
  await runSql(
    api.database,
    "UPDATE identity.mfa_logins SET expires_at = expires_at - interval '5 minutes' WHERE user_id = $1",
    [user.id],
  );
  assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: old, code })), "INVALID_MFA_TOKEN");
  const before = await mfaTokenOf(user);
  await api.clients(user).identity.changePassword({ currentPassword: PASSWORD, newPassword: "another battery staple" });
  assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: before, code })), "INVALID_MFA_TOKEN");
  assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: "made up", code })), "INVALID_MFA_TOKEN");
});

test("of a crowd that sends one code with as many mfa_tokens, one is signed in", async () => {
  const user = await withSecondFactor();
  const tokens = await race(6, () => mfaTokenOf(user));
  const code = totpCode(user.secret);
  const outcomes = await race(6, (index) =>
    outcomeOf(anyone.identity.completeLogin({ mfaToken: tokens[index] ?? "", code })),
  );
  assert.equal(tally(outcomes), { served: 1, WRONG_MFA_CODE: 5 });
});

test("of a crowd that sends two recovery codes with one mfa_token, one is signed in", async () => {
  const user = await withSecondFactor();
  const mfaToken = await mfaTokenOf(user);
  const outcomes = await race(2, (index) =>
    outcomeOf(anyone.identity.completeLogin({ mfaToken, code: user.recoveryCodes[index] ?? "" })),
  );
  assert.equal(tally(outcomes), { served: 1, INVALID_MFA_TOKEN: 1 });
});

test("without the user's lock the same race of one code takes it twice", async () => {
  const user = await withSecondFactor();
  const met = meeting(2);
  assert.equal(await race(2, () => takeWithoutLock(api.database, user, met)), [true, true]);
});

/** Reads that the step is newer than the last one, then writes it, as one would write it first. */
function takeWithoutLock(database: Sequelize, { id }: TestUser, met: () => Promise<void>): Promise<boolean> {
  const step = Math.floor(Date.now() / 30_000);
  return withTransaction(database, async () => {
    const rows = await runSql(database, "SELECT FROM identity.second_factors WHERE user_id = $1 AND last_step < $2", [
      id,
      step,
    ]);
    await met();
    if (rows.length === 0) return false;
    await runSql(database, "UPDATE identity.second_factors SET last_step = $2 WHERE user_id = $1", [id, step]);
    return true;
  });
}

test("of two that confirm at once one gets the recovery codes, and they are the ones that serve", async () => {
  const user = await api.signUp("CUSTOMER");
  const own = api.clients(user).identity;
  const { secret } = await own.enrolTotp({ currentPassword: PASSWORD });
  const given: string[] = [];
  const outcomes = await race(2, (index) =>
    outcomeOf(
      own.confirmTotp({ code: totpCode(secret, index) }).then(({ recoveryCodes }) => given.push(...recoveryCodes)),
    ),
  );
  assert.equal(tally(outcomes), { served: 1, MFA_ENABLED: 1 });
  const [code = ""] = given;
  assert.ok((await anyone.identity.completeLogin({ mfaToken: await mfaTokenOf(user), code })).tokens);
});

test("it is turned off by password and code together, and a sign-in takes the password alone again", async () => {
  const user = await withSecondFactor();
  const own = api.clients(user).identity;
  const code = totpCode(user.secret);
  assert.is(await reasonOf(own.disableTotp({ currentPassword: "not that one", code })), "WRONG_CREDENTIALS");
  const wrong = wrongCode(user.secret);
  assert.is(await reasonOf(own.disableTotp({ currentPassword: PASSWORD, code: wrong })), "WRONG_MFA_CODE");
  await own.disableTotp({ currentPassword: PASSWORD, code });
  assert.is(await reasonOf(own.disableTotp({ currentPassword: PASSWORD, code })), "TOTP_NOT_ENROLLED");
  assert.ok((await anyone.identity.login({ login: user.email, password: PASSWORD })).tokens);
  assert.equal(await mailsTo(user), ["MFA_ENABLED", "MFA_DISABLED"]);
  const { secret } = await own.enrolTotp({ currentPassword: PASSWORD });
  assert.is.not(secret, user.secret);
});

test("an admin takes it off who lost it: sessions end, the owner is told, and the log has who did it", async () => {
  const user = await withSecondFactor();
  const half = await mfaTokenOf(user);
  const { user: after } = await admin.identity.resetMfa({ userId: user.id });
  assert.not(after?.mfaEnabled);
  assert.is(await reasonOf(api.clients(user).identity.getProfile({})), "INVALID_TOKEN");
  const code = totpCode(user.secret);
  assert.is(await reasonOf(anyone.identity.completeLogin({ mfaToken: half, code })), "INVALID_MFA_TOKEN");
  assert.ok((await anyone.identity.login({ login: user.email, password: PASSWORD })).tokens);
  assert.equal(await mailsTo(user), ["MFA_ENABLED", "MFA_DISABLED"]);
  await admin.identity.resetMfa({ userId: user.id });
  assert.is((await mailsTo(user)).length, 2, "once more is no error, and no news");
  const { auditEvents } = await admin.identity.listAuditEvents({ objectId: user.id });
  assert.ok(
    auditEvents.some(
      ({ rpc, changes }) => rpc.endsWith("/ResetMfa") && changes.some((one) => one.path === "mfa_enabled"),
    ),
  );
});

test("the database has no secret, code or token of it to read, and nothing at all of a deleted account", async () => {
  const user = await withSecondFactor();
  const mfaToken = await mfaTokenOf(user);
  const rows = await runSql<{ row: string }>(
    api.database,
    `SELECT t::text AS row FROM identity.second_factors t WHERE user_id = $1
     UNION ALL SELECT t::text FROM identity.recovery_codes t WHERE user_id = $1
     UNION ALL SELECT t::text FROM identity.mfa_logins t WHERE user_id = $1
     UNION ALL SELECT t::text FROM audit.events t WHERE object_id = $1::text
     UNION ALL SELECT t::text FROM email.deliveries t WHERE user_id = $1`,
    [user.id],
  );
  assert.ok(rows.length >= 13, `${rows.length} rows`);
  const hex = (text: string) => Buffer.from(text).toString("hex");
  for (const secret of [user.secret, mfaToken, ...user.recoveryCodes]) {
    for (const { row } of rows) assert.not(row.includes(secret) || row.includes(hex(secret)), row);
  }
  await admin.identity.deleteUser({ id: user.id });
  const [left] = await runSql<{ count: number }>(
    api.database,
    `SELECT (SELECT count(*) FROM identity.second_factors WHERE user_id = $1)::int + (SELECT count(*) FROM identity.recovery_codes WHERE user_id = $1)::int
          + (SELECT count(*) FROM identity.mfa_logins WHERE user_id = $1)::int AS count`,
    [user.id],
  );
  assert.is(left?.count, 0);
});

test.run();
