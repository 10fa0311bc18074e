/**
 * Who forgot a password gets back in by a mail, and nobody learns by it who has an account.
 *
 * Method: a real API and a real worker, whose mail a reader finds in a folder; and what a request costs is counted in
 * statements, hashes and rows, not in time.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MAX_RESET_MAILS, ResetRequests } from "../../src/domains/identity/recovery/reset-requests.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { PASSWORD, startTestApi } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { logStatements } from "../support/statements.ts";
import { until } from "../support/until.ts";
import { KEY, openPost, type Post } from "./account-mail.ts";

const NEW_PASSWORD = "quite another sentence 7";
let post: Post;

test.before(async () => {
  post = await openPost("reset", { PUBLIC_URL: "https://shop.example/" });
});
test.after(() => post.stop());

const identity = () => post.api.clients().identity;
const ask = (email: string) => identity().requestPasswordReset({ email });

/** Until the worker has looked at all that was asked for. */
async function answered(): Promise<void> {
  const due = "SELECT FROM identity.reset_requests WHERE email IS NOT NULL";
  await until("all requests are answered", async () => (await runSql(post.api.database, due)).length === 0);
}

test("a forgotten password is replaced by the mail's token, every session ends, and the owner is told", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const { tokens } = await identity().login({ login: user.email, password: PASSWORD });
  assert.equal(Object.keys(await ask(user.email.toUpperCase())), ["$typeName"]);
  const token = await post.tokenOf("password-reset", user.email);
  assert.match(token, /^[A-Za-z0-9_-]{43}$/);
  const [mail] = await post.mailsTo(user.email);
  assert.ok(mail?.text.includes(`https://shop.example/account/reset?token=${token}`), mail?.text);
  assert.ok(mail?.html.includes(`href="https://shop.example/account/reset?token=${token}"`), mail?.html);
  await identity().resetPassword({ token, newPassword: NEW_PASSWORD });
  assert.is(await reasonOf(identity().login({ login: user.email, password: PASSWORD })), "WRONG_CREDENTIALS");
  const { user: back } = await identity().login({ login: user.email, password: NEW_PASSWORD });
  assert.is(back?.id, user.id);
  assert.is(
    await reasonOf(identity().refreshTokens({ refreshToken: tokens?.refreshToken ?? "" })),
    "INVALID_REFRESH_TOKEN",
  );
  for (const { token: access } of [user, { token: tokens?.accessToken ?? "" }])
    await until("the access token is void", async () => {
      const profile = post.api.clients({ token: access }).identity.getProfile({});
      return (
        (await profile.then(
          () => "answered",
          () => reasonOf(profile),
        )) === "INVALID_TOKEN"
      );
    });
  await until("the owner is told", async () =>
    (await post.mailsTo(user.email)).some(({ kind }) => kind === "password-changed"),
  );
  assert.is(await reasonOf(identity().resetPassword({ token, newPassword: PASSWORD })), "VERIFICATION_TOKEN_INVALID");
});

test("a refused password spends nothing; the newest token only serves, and not for another purpose", async () => {
  const user = await post.api.signUp("CUSTOMER");
  await ask(user.email);
  const first = await post.tokenOf("password-reset", user.email);
  await ask(user.email);
  const second = await post.tokenOf("password-reset", user.email, 2);
  const reset = (token: string, newPassword = NEW_PASSWORD) => identity().resetPassword({ token, newPassword });
  const invalid = await refusalOf(reset(first));
  assert.equal(invalid, { code: "FailedPrecondition", reason: "VERIFICATION_TOKEN_INVALID", fields: [], metadata: {} });
  for (const token of ["nonsense", second.slice(1), `${second}A`]) assert.equal(await refusalOf(reset(token)), invalid);
  assert.equal(await refusalOf(identity().verifyEmail({ token: second })), invalid);
  assert.equal((await refusalOf(reset(second, user.email))).reason, "WEAK_PASSWORD");
  await reset(second);
});

test("time, a new password, another address, disabling and deleting void a token, all with one reason", async () => {
  const admin = await post.api.signUp("ADMIN");
  const staff = post.api.clients({ token: admin.token }).identity;
  const voids: Record<string, (user: { id: string; email: string; token: string }) => Promise<unknown>> = {
    time: ({ id }) =>
      runSql(
        post.api.database,
        "UPDATE identity.account_tokens SET expires_at = expires_at - interval '31 minutes' WHERE user_id = $1",
        [id],
      ),
    password: ({ token }) =>
      post.api.clients({ token }).identity.changePassword({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
    email: ({ id, email }) => staff.updateUser({ user: { id, email: `x${email}` } }),
    disabling: ({ id }) => staff.updateUser({ user: { id, disabled: true } }),
    "disabling and enabling": async ({ id }) => {
      await staff.updateUser({ user: { id, disabled: true } });
      await staff.updateUser({ user: { id, disabled: false }, updateMask: { paths: ["disabled"] } });
    },
    deleting: ({ id }) => staff.deleteUser({ id }),
  };
  for (const [what, make] of Object.entries(voids)) {
    const user = await post.api.signUp("CUSTOMER");
    await ask(user.email);
    const token = await post.tokenOf("password-reset", user.email);
    await make(user);
    const refused = await reasonOf(identity().resetPassword({ token, newPassword: NEW_PASSWORD }));
    assert.is(refused, "VERIFICATION_TOKEN_INVALID", what);
  }
});

test("disabled, deleted and unknown accounts get no mail, an admin's does; usernames are no addresses", async () => {
  const admin = await post.api.signUp("ADMIN");
  const staff = post.api.clients({ token: admin.token }).identity;
  const [disabled, deleted] = [await post.api.signUp("CUSTOMER"), await post.api.signUp("CUSTOMER")];
  await staff.updateUser({ user: { id: disabled.id, disabled: true } });
  await staff.deleteUser({ id: deleted.id });
  const nobody = `nobody-${admin.id}@test.example`;
  for (const { email } of [disabled, deleted, { email: nobody }, admin]) await ask(`  ${email}\u00a0`);
  await answered();
  await post.tokenOf("password-reset", admin.email);
  for (const address of [disabled.email, deleted.email, nobody]) assert.equal(await post.mailsTo(address), []);
  assert.is(await reasonOf(ask(admin.email.split("@")[0] ?? "")), "INVALID_FIELDS");
  // Kelvin's sign and dotless i become others in lower case: they are no letters of an address.
  for (const email of ["\u212Aate@test.example", "ad\u0131@test.example", "a\u200bda@test.example"])
    assert.is(await reasonOf(ask(email)), "INVALID_FIELDS");
});

test("to an address three mails an hour are sent, and more are asked for in vain, with the same answer", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const other = await startTestApi({ KEY_ENCRYPTION_KEY: KEY });
  for (let n = 0; n < 2 * MAX_RESET_MAILS; n++) {
    await (n % 2 === 0 ? identity() : other.clients().identity).requestPasswordReset({ email: user.email });
    await answered();
  }
  await other.stop();
  const token = await post.tokenOf("password-reset", user.email, MAX_RESET_MAILS);
  assert.is((await post.mailsTo(user.email)).length, MAX_RESET_MAILS);
  // What was asked for in vain voids nothing.
  await identity().resetPassword({ token, newPassword: NEW_PASSWORD });
});

async function askedFor(email: string): Promise<unknown> {
  return runSql(
    post.api.database,
    "SELECT cardinality(asked_at) AS asked FROM identity.reset_requests WHERE mailbox = sha256($1)",
    [Buffer.from(email)],
  );
}

test("ten thousand who ask at once take two statements and one connection, and none of it is lost", async () => {
  const requests = new ResetRequests(post.api.database);
  const log = logStatements();
  const emails = Array.from({ length: 10_000 }, (_, n) => `crowd-${n}@test.example`);
  await Promise.all(emails.map((email) => requests.add(email)));
  log.end();
  const statements = log.sent.filter(({ text }) => text.includes("INSERT INTO identity.reset_requests"));
  assert.ok(statements.length <= 2, String(statements.length));
  const [row] = await runSql<{ count: number }>(
    post.api.database,
    "SELECT count(*)::integer AS count FROM unnest($1::text[]) AS asked(address) JOIN identity.reset_requests ON mailbox = sha256(convert_to(address, 'UTF8'))",
    [emails],
  );
  assert.is(row?.count, emails.length);
  await answered();
  assert.is(
    (await runSql(post.api.database, "SELECT FROM email.deliveries d WHERE d.recipient LIKE 'crowd-%'")).length,
    0,
  );
});

test("processes that ask for one address at once do not exceed its bound together", async () => {
  const email = "bound@test.example";
  const processes = Array.from({ length: 12 }, () => new ResetRequests(post.api.database));
  await Promise.all(processes.map((one) => one.add(email)));
  assert.equal(await askedFor(email), [{ asked: MAX_RESET_MAILS }]);
});

test("with a count that is read first and written then, they would: the race has teeth", async () => {
  const { database } = post.api;
  const email = "toothless@test.example";
  await new ResetRequests(database).add(email);
  const mailbox = Buffer.from(email);
  const asked = async () => ((await askedFor(email)) as { asked: number }[])[0]?.asked ?? 0;
  const counts = await Promise.all(Array.from({ length: 12 }, asked));
  const add = "UPDATE identity.reset_requests SET asked_at = asked_at || now() WHERE mailbox = sha256($1)";
  await Promise.all(counts.filter((count) => count < MAX_RESET_MAILS).map(() => runSql(database, add, [mailbox])));
  assert.is(await asked(), 13);
});

test.run();
