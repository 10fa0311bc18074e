/**
 * What users change of themselves. Another e-mail address is no change yet: whoever finds an unlocked telephone must not
 * get the account by it, so it takes the password, a mail to the old address and the token of a mail to the new one.
 */
import { withTransaction } from "../../../platform/database/transaction.ts";
import { type Call, callerOf } from "../../../rpc/call.ts";
import type { UserRow } from "../model.ts";
import { verifyPassword } from "../password/password-hash.ts";
import { recordOwnChange } from "../own-changes.ts";
import type { IdentityDeps } from "../identity-deps.ts";
import { wrongCredentials } from "../session/sessions.ts";
import type { UserChanges } from "../users.ts";
import { takeEmailChange } from "./email-change-limit.ts";
import { mailToken } from "./verify-email.ts";

export interface ProfileChange {
  changes: UserChanges;
  etag: string;
  currentPassword: string;
}

/** @throws Failure WRONG_CREDENTIALS, RATE_LIMITED, EMAIL_TAKEN, USERNAME_TAKEN, STALE_ETAG, TOO_BUSY */
export async function updateProfile(deps: IdentityDeps, profile: ProfileChange, call: Call): Promise<UserRow> {
  const { id } = callerOf(call);
  const { email, ...changes } = profile.changes;
  const user = await deps.users.get(id);
  // The same address, as clients send it that send the whole account.
  if (email === undefined || email === user.email) return deps.users.update(id, { changes, etag: profile.etag }, call);
  await checkPassword(deps, user, { profile, call });
  await takeEmailChange(call, deps.limits);
  return withTransaction(
    deps.database,
    async () => {
      const pending = { changes, etag: profile.etag, pending: { email, passwordHash: user.passwordHash } };
      const updated = await deps.users.update(id, pending);
      const change = { path: "pending_email", oldValue: user.pendingEmail, newValue: updated.pendingEmail };
      await recordOwnChange(deps.auditLog, { user: updated, change }, call);
      await mailToken(deps, updated);
      await deps.onAccount.emailChanging(id, updated.email);
      return updated;
    },
    call,
  );
}

async function checkPassword(
  { turns }: IdentityDeps,
  { passwordHash }: UserRow,
  { profile, call }: { profile: ProfileChange; call: Call },
): Promise<void> {
  if (profile.currentPassword === "") throw wrongCredentials();
  using place = turns.enter(call);
  const isRight = await place.turn("known", () => verifyPassword(profile.currentPassword, passwordHash));
  if (!isRight) throw wrongCredentials();
}
