/** A new password in place of the one until now, which its owner must know. */
import type { ChangePasswordRequest } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { afterCommit } from "../../../platform/database/transaction.ts";
import { type Call, callerOf } from "../../../rpc/call.ts";
import type { IdentityDeps } from "../identity-deps.ts";
import type { UserRow } from "../model.ts";
import { NEW_PASSWORD, recordOwnChange } from "../own-changes.ts";
import { wrongCredentials } from "../session/sessions.ts";
import { hashPassword, verifyPassword } from "./password-hash.ts";
import type { Account, PasswordPolicy } from "./password-policy.ts";

/** Sets it, ends every other session, and tells the owner. @throws Failure WRONG_CREDENTIALS, WEAK_PASSWORD, TOO_BUSY */
export async function changePassword(
  { users, turns, revocations, onAccount, auditLog, judgePassword }: IdentityDeps,
  { currentPassword, newPassword }: ChangePasswordRequest,
  call: Call,
): Promise<void> {
  const { id, session } = callerOf(call);
  using place = turns.enter(call);
  const user = await users.get(id);
  const passwordHash = await place.turn("known", async () => {
    if (!(await verifyPassword(currentPassword, user.passwordHash))) throw wrongCredentials();
    return newPasswordHash(newPassword, user, judgePassword, "new_password");
  });
  const changed = async (locked: UserRow) => {
    await recordOwnChange(auditLog, { user: locked, change: NEW_PASSWORD }, call);
    await onAccount.passwordChanged(id);
  };
  await users.changePassword(user, { passwordHash, session, changed }, call);
  await afterCommit(() => revocations.pollAfresh());
}

/** What is kept of a password that is good enough. @throws Failure WEAK_PASSWORD */
export async function newPasswordHash(
  password: string,
  account: Account,
  judge: PasswordPolicy,
  field?: string,
): Promise<string> {
  await judge(password, account, field);
  return hashPassword(password);
}
