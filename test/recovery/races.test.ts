/**
 * Tokens of mails under races: each has one winner, by the owner's row. The siblings do the same without that lock, in
 * SQL of their own, and fail.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { PASSWORD, type TestUser } from "../support/api.ts";
import { meeting, race, tally } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";
import { openPost, type Post } from "./account-mail.ts";

const NEW_PASSWORD = "quite another sentence 7";
let post: Post;
test.before(async () => {
  post = await openPost("races");
});
test.after(() => post.stop());

const anyone = () => post.api.clients().identity;
const own = ({ token }: TestUser) => post.api.clients({ token }).identity;
const newAddress = () => `n${newId().replaceAll("-", "")}@test.example`;

async function outcomeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => "done",
    () => reasonOf(answer),
  );
}

async function resetTokenFor({ email }: TestUser): Promise<string> {
  await anyone().requestPasswordReset({ email });
  return post.tokenOf("password-reset", email);
}

test("of ten who use a token at once one gets in, and the password is that one's", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const token = await resetTokenFor(user);
  const outcomes = await race(10, (n) =>
    outcomeOf(anyone().resetPassword({ token, newPassword: `${NEW_PASSWORD}${n}` })),
  );
  assert.equal(tally(outcomes), { done: 1, VERIFICATION_TOKEN_INVALID: 9 });
  await anyone().login({ login: user.email, password: `${NEW_PASSWORD}${outcomes.indexOf("done")}` });
});

test("with a token that is looked at first and removed then, without the owner's lock, all would: the race has teeth", async () => {
  const user = await post.api.signUp("CUSTOMER");
  await resetTokenFor(user);
  const { database } = post.api;
  const met = meeting(3);
  const outcomes = await race(3, () =>
    withTransaction(database, async () => {
      const found = await runSql(database, "SELECT FROM identity.account_tokens WHERE user_id = $1", [user.id]);
      await met();
      await runSql(database, "DELETE FROM identity.account_tokens WHERE user_id = $1", [user.id]);
      return found.length > 0 ? "done" : "refused";
    }),
  );
  assert.equal(tally(outcomes), { done: 3 });
});

test("whoever signs in or refreshes while the password is reset is signed out, or was refused", async () => {
  for (let n = 0; n < 4; n++) {
    const user = await post.api.signUp("CUSTOMER");
    const { tokens } = await anyone().login({ login: user.email, password: PASSWORD });
    const token = await resetTokenFor(user);
    const got: string[] = [];
    const keep = (refreshToken: string | undefined) => void got.push(refreshToken ?? "");
    await Promise.all([
      anyone().resetPassword({ token, newPassword: NEW_PASSWORD }),
      anyone()
        .login({ login: user.email, password: PASSWORD })
        .then(
          (answer) => keep(answer.tokens?.refreshToken),
          () => undefined,
        ),
      anyone()
        .refreshTokens({ refreshToken: tokens?.refreshToken ?? "" })
        .then(
          (answer) => keep(answer.tokens?.refreshToken),
          () => undefined,
        ),
    ]);
    for (const refreshToken of got)
      assert.is(await reasonOf(anyone().refreshTokens({ refreshToken })), "INVALID_REFRESH_TOKEN");
    const left = await runSql(post.api.database, "SELECT FROM identity.refresh_tokens WHERE user_id = $1", [user.id]);
    assert.is(left.length, 0);
  }
});

test("without the owner's lock a session that begins while all are ended would stay: the race has teeth", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const { database } = post.api;
  await runSql(database, "DELETE FROM identity.refresh_tokens WHERE user_id = $1", [user.id]);
  const met = meeting(2);
  await Promise.all([
    withTransaction(database, async () => {
      await runSql(database, "DELETE FROM identity.refresh_tokens WHERE user_id = $1", [user.id]);
      await met();
    }),
    withTransaction(database, async () => {
      await runSql(
        database,
        "INSERT INTO identity.refresh_tokens (hash, family, user_id, expires_at) VALUES (sha256('x'), $2, $1, now() + interval '1 day')",
        [user.id, newId()],
      );
      await met();
    }),
  ]);
  const left = await runSql(database, "SELECT FROM identity.refresh_tokens WHERE user_id = $1", [user.id]);
  assert.is(left.length, 1);
});

test("an address that is verified and registered at once has one owner", async () => {
  for (let n = 0; n < 4; n++) {
    const user = await post.api.signUp("CUSTOMER");
    const email = newAddress();
    await own(user).updateProfile({ user: { email }, currentPassword: PASSWORD });
    const token = await post.tokenOf("email-verification", email);
    const outcomes = await Promise.all([
      outcomeOf(anyone().verifyEmail({ token })),
      outcomeOf(anyone().register({ email: email.toUpperCase(), username: newId().slice(-20), password: PASSWORD })),
    ]);
    assert.equal(tally(outcomes), { done: 1, EMAIL_TAKEN: 1 });
  }
});

test("with a look whether the address is free, without its index, it would have two: the race has teeth", async () => {
  const { database } = post.api;
  await runSql(database, "CREATE TABLE public.addresses (email text)");
  const met = meeting(2);
  await race(2, () =>
    withTransaction(database, async () => {
      const taken = await runSql(database, "SELECT FROM public.addresses WHERE email = 'a'");
      await met();
      if (taken.length === 0) await runSql(database, "INSERT INTO public.addresses VALUES ('a')");
    }),
  );
  assert.is((await runSql(database, "SELECT FROM public.addresses")).length, 2);
  await runSql(database, "DROP TABLE public.addresses");
});

test("of two addresses that are asked for at once the token of the one that is pending serves, and no other", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const emails = [newAddress(), newAddress()];
  await Promise.all(emails.map((email) => own(user).updateProfile({ user: { email }, currentPassword: PASSWORD })));
  const { user: pending } = await own(user).getProfile({});
  const tokens = await Promise.all(emails.map((email) => post.tokenOf("email-verification", email)));
  const outcomes: string[] = [];
  for (const token of tokens) outcomes.push(await outcomeOf(anyone().verifyEmail({ token })));
  assert.is(outcomes[emails.indexOf(pending?.pendingEmail ?? "")], "done");
  assert.equal(tally(outcomes), { done: 1, VERIFICATION_TOKEN_INVALID: 1 });
});

test("with address and token written without the owner's lock, they would be of two changes: the race has teeth", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const { database } = post.api;
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const write = (email: string) =>
    runSql(database, "UPDATE identity.users SET pending_email = $2 WHERE id = $1", [user.id, email]);
  const issue = (email: string) =>
    runSql(
      database,
      `INSERT INTO identity.account_tokens (user_id, purpose, hash, email, generation, expires_at)
       VALUES ($1, 'VERIFY', sha256(convert_to($2, 'UTF8')), $2, 1, now()) ON CONFLICT (user_id, purpose) DO UPDATE SET email = excluded.email`,
      [user.id, email],
    );
  await Promise.all([
    write("a@test.example")
      .then(() => first.resolve())
      .then(() => second.promise)
      .then(() => issue("a@test.example")),
    first.promise
      .then(() => write("b@test.example"))
      .then(() => issue("b@test.example"))
      .then(() => second.resolve()),
  ]);
  const [row] = await runSql<{ same: boolean }>(
    database,
    "SELECT u.pending_email = t.email AS same FROM identity.users u JOIN identity.account_tokens t ON t.user_id = u.id WHERE u.id = $1",
    [user.id],
  );
  assert.is(row?.same, false);
});

test.run();
