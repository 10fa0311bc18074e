/** A change of password or e-mail is in the audit log, whoever makes it and by whatever way, and is forgotten with the account. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { PASSWORD, type TestUser } from "../support/api.ts";
import { openPost, type Post } from "./account-mail.ts";

const [SECOND, THIRD] = ["quite another sentence 7", "a third of these sentences"];
let post: Post;
let admin: TestUser;
test.before(async () => {
  post = await openPost("recorded", { RATE_LIMITS: "off" });
  admin = await post.api.signUp("ADMIN");
});
test.after(() => post.stop());

const anyone = () => post.api.clients().identity;
const own = ({ token }: Pick<TestUser, "token">) => post.api.clients({ token }).identity;

async function recorded(userId: string): Promise<string[]> {
  const { auditEvents } = await own(admin).listAuditEvents({ objectId: userId });
  return auditEvents.toReversed().flatMap(({ rpc, actorId, address, changes }) => {
    assert.equal([actorId, address], [userId, "127.0.0.1"]);
    const told = changes.map(({ path, oldValue, newValue, redacted }) =>
      redacted ? `${path} redacted` : `${path} ${oldValue}>${newValue}`,
    );
    return told.map((change) => `${rpc.split("/")[1]}: ${change}`);
  });
}

for (const role of ["CUSTOMER", "ADMIN"] as const)
  test(`of ${role}: password and address, by sign-in and by mail, and nothing that was refused or is no such change`, async () => {
    const user = await post.api.signUp(role);
    const email = `n${newId().replaceAll("-", "")}@test.example`;
    await own(user).changePassword({ currentPassword: PASSWORD, newPassword: SECOND });
    const { tokens } = await anyone().login({ login: user.email, password: SECOND });
    const token = tokens?.accessToken ?? "";
    await own({ token })
      .updateProfile({ user: { email }, currentPassword: "wrong" })
      .catch(() => undefined);
    await own({ token }).updateProfile({ user: { email }, currentPassword: SECOND });
    await anyone().verifyEmail({ token: await post.tokenOf("email-verification", email) });
    await anyone().requestPasswordReset({ email });
    const reset = await post.tokenOf("password-reset", email);
    await anyone()
      .resetPassword({ token: reset, newPassword: email })
      .catch(() => undefined);
    await anyone().resetPassword({ token: reset, newPassword: THIRD });
    assert.equal(await recorded(user.id), [
      "ChangePassword: password redacted",
      `UpdateProfile: pending_email >${email}`,
      `VerifyEmail: email ${user.email}>${email}`,
      "ResetPassword: password redacted",
    ]);
    await own(admin).deleteUser({ id: user.id });
    for (const table of ["audit.events", "audit.personal_data"]) {
      const rows = await runSql<{ text: string }>(post.api.database, `SELECT t::text AS text FROM ${table} t`);
      for (const word of [email, user.email, SECOND, THIRD, reset])
        assert.not.ok(
          rows.some(({ text }) => text.includes(word)),
          `${word} in ${table}`,
        );
    }
  });

test("what else customers change of themselves is not written down", async () => {
  const user = await post.api.signUp("CUSTOMER");
  await own(user).updateProfile({ user: { firstName: "Grace" } });
  assert.equal(await recorded(user.id), []);
});

test.run();
