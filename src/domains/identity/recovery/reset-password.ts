/** A new password by the token of a mail: for who forgot the old one, or lost the account to somebody who knows it. */
import type { ResetPasswordRequest } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { afterCommit } from "../../../platform/database/transaction.ts";
import type { Call } from "../../../rpc/call.ts";
import { newPasswordHash } from "../password/change-password.ts";
import type { IdentityDeps } from "../identity-deps.ts";
import { NEW_PASSWORD, recordOwnChange } from "../own-changes.ts";
import { invalidToken, ownerOf, spendToken } from "./account-tokens.ts";

/**
 * The password is judged and hashed before the token is used, so that a weak one does not spend it, and nobody makes
 * the server hash who has no token.
 * @throws Failure VERIFICATION_TOKEN_INVALID, WEAK_PASSWORD, TOO_BUSY
 */
export async function resetPassword(
  { auditLog, database, users, turns, onAccount, revocations, judgePassword }: IdentityDeps,
  { token, newPassword }: ResetPasswordRequest,
  call: Call,
): Promise<void> {
  const id = await ownerOf(database, token, "RESET");
  const user = await users.find(id);
  if (user === undefined) throw invalidToken();
  call.about = { account: id };
  using place = turns.enter(call);
  const hash = () => newPasswordHash(newPassword, user, judgePassword, "new_password");
  const passwordHash = await place.turn("known", hash);
  await users.resetPassword(
    id,
    {
      passwordHash,
      async permit(locked) {
        const email = await spendToken(database, locked, { token, purpose: "RESET" });
        if (email !== locked.email) throw invalidToken();
      },
      async changed(locked) {
        await recordOwnChange(auditLog, { user: locked, change: NEW_PASSWORD }, call);
        await onAccount.passwordChanged(id);
      },
    },
    call,
  );
  await afterCommit(() => revocations.pollAfresh());
}
