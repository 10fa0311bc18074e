/** Whose an address is, is shown by mail; and another one is a change only when its owner has shown it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { PASSWORD, type TestUser } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { until } from "../support/until.ts";
import { openPost, type Post } from "./account-mail.ts";

let post: Post;
test.before(async () => {
  post = await openPost("verify", { VERIFY_LINK: "shopapp://verify/{token}" });
});
test.after(() => post.stop());

const anyone = () => post.api.clients().identity;
const own = ({ token }: TestUser) => post.api.clients({ token }).identity;
const newAddress = () => `n${newId().replaceAll("-", "")}@test.example`;
const ask = (user: TestUser, email: string, currentPassword = PASSWORD) =>
  own(user).updateProfile({ user: { email }, currentPassword });

test("an account is unverified until the token of its mail came back, once, and no GET spends it", async () => {
  const user = await post.api.signUp("CUSTOMER");
  assert.is((await own(user).getProfile({})).user?.emailVerified, false);
  await own(user).requestEmailVerification({});
  const token = await post.tokenOf("email-verification", user.email);
  const [mail] = await post.mailsTo(user.email);
  assert.ok(mail?.text.includes(`shopapp://verify/${token}`), mail?.text);
  for (const path of [`/account/verify?token=${token}`, `/account/reset?token=${token}`])
    assert.is((await fetch(post.api.baseUrl + path)).status, 200);
  const get = `/bodega.identity.v1.IdentityService/VerifyEmail?encoding=json&message=${encodeURIComponent(JSON.stringify({ token }))}`;
  assert.is.not((await fetch(post.api.baseUrl + get)).status, 200);
  const { user: verified } = await anyone().verifyEmail({ token });
  assert.equal([verified?.id, verified?.emailVerified, verified?.email], [user.id, true, user.email]);
  assert.is(await reasonOf(anyone().verifyEmail({ token })), "VERIFICATION_TOKEN_INVALID");
  assert.is((await own(user).getProfile({})).user?.emailVerified, true);
  await own(user).requestEmailVerification({});
  assert.is((await post.mailsTo(user.email)).length, 1);
});

test("another address needs the password and waits for its owner; sign-in and mail stay with the old one", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const email = newAddress();
  for (const wrong of ["", "not the password"])
    assert.is(await reasonOf(ask(user, email, wrong)), "WRONG_CREDENTIALS", wrong);
  const { user: asked } = await ask(user, email);
  assert.equal([asked?.email, asked?.pendingEmail], [user.email, email]);
  assert.is(await reasonOf(anyone().login({ login: email, password: PASSWORD })), "WRONG_CREDENTIALS");
  await anyone().login({ login: user.email, password: PASSWORD });
  const token = await post.tokenOf("email-verification", email);
  await until("the old address is told", async () =>
    (await post.mailsTo(user.email)).some(({ kind }) => kind === "email-changing"),
  );
  const { user: moved } = await anyone().verifyEmail({ token });
  assert.equal([moved?.email, moved?.pendingEmail, moved?.emailVerified], [email, "", true]);
  assert.is(await reasonOf(anyone().login({ login: user.email, password: PASSWORD })), "WRONG_CREDENTIALS");
  await anyone().login({ login: email, password: PASSWORD });
});

test("who sends the whole account with the address that it has needs no password", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const { user: whole } = await own(user).getProfile({});
  if (whole === undefined) throw new Error("there is no profile");
  const { user: after } = await own(user).updateProfile({ user: { ...whole, lastName: "Hopper" } });
  assert.equal([after?.lastName, after?.pendingEmail], ["Hopper", ""]);
});

test("an address that is taken is refused, at once or when it is taken meanwhile", async () => {
  const [user, other] = [await post.api.signUp("CUSTOMER"), await post.api.signUp("CUSTOMER")];
  const refused = await refusalOf(ask(user, other.email.toUpperCase()));
  assert.equal([refused.reason, refused.fields], ["EMAIL_TAKEN", ["user.email"]]);
  const email = newAddress();
  await ask(user, email);
  const token = await post.tokenOf("email-verification", email);
  await anyone().register({ email: email.toUpperCase(), username: newId().slice(-20), password: PASSWORD });
  assert.is(await reasonOf(anyone().verifyEmail({ token })), "EMAIL_TAKEN");
  assert.is((await own(user).getProfile({})).user?.email, user.email);
});

test("a new password, and the next address, void the token of an address that is not the account's yet", async () => {
  const user = await post.api.signUp("CUSTOMER");
  const [first, second] = [newAddress(), newAddress()];
  await ask(user, first);
  const old = await post.tokenOf("email-verification", first);
  await ask(user, second);
  assert.is(await reasonOf(anyone().verifyEmail({ token: old })), "VERIFICATION_TOKEN_INVALID");
  const token = await post.tokenOf("email-verification", second);
  await own(user).changePassword({ currentPassword: PASSWORD, newPassword: "quite another sentence 7" });
  assert.is(await reasonOf(anyone().verifyEmail({ token })), "VERIFICATION_TOKEN_INVALID");
  assert.is((await own(user).getProfile({})).user?.pendingEmail, "");
});

test("a day ends a token; disabled and deleted accounts verify nothing", async () => {
  const admin = await post.api.signUp("ADMIN");
  const staff = own(admin);
  const ends: Record<string, (id: string) => Promise<unknown>> = {
    time: (id) =>
      runSql(
        post.api.database,
        "UPDATE identity.account_tokens SET expires_at = expires_at - interval '24 hours' WHERE user_id = $1",
        [id],
      ),
    disabling: (id) => staff.updateUser({ user: { id, disabled: true } }),
    deleting: (id) => staff.deleteUser({ id }),
  };
  for (const [what, end] of Object.entries(ends)) {
    const user = await post.api.signUp("CUSTOMER");
    await own(user).requestEmailVerification({});
    const token = await post.tokenOf("email-verification", user.email);
    await end(user.id);
    assert.is(await reasonOf(anyone().verifyEmail({ token })), "VERIFICATION_TOKEN_INVALID", what);
  }
});

test("to one address go three mails an hour, whoever names it; what is refused changes nothing", async () => {
  const email = newAddress();
  const users = await Promise.all(Array.from({ length: 4 }, () => post.api.signUp("CUSTOMER")));
  const outcomes = await Promise.all(
    users.map(async (user) => {
      const answer = ask(user, email);
      return answer.then(
        () => "asked",
        () => reasonOf(answer),
      );
    }),
  );
  assert.equal(outcomes.toSorted(), ["RATE_LIMITED", "asked", "asked", "asked"]);
  const refused = users[outcomes.indexOf("RATE_LIMITED")];
  if (refused === undefined) throw new Error("nobody was refused");
  assert.is((await own(refused).getProfile({})).user?.pendingEmail, "");
});

test("an address that an admin changes is unverified, and the old one is told", async () => {
  const admin = await post.api.signUp("ADMIN");
  const user = await post.api.signUp("CUSTOMER");
  await runSql(post.api.database, "UPDATE identity.users SET email_verified = true WHERE id = $1", [user.id]);
  const { user: same } = await own(admin).updateUser({ user: { id: user.id, email: user.email.toUpperCase() } });
  assert.is(same?.emailVerified, true);
  const { user: moved } = await own(admin).updateUser({ user: { id: user.id, email: newAddress() } });
  assert.is(moved?.emailVerified, false);
  await until("the old address is told", async () => (await post.mailsTo(user.email)).length === 1);
});

test.run();
