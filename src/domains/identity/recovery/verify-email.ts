/** That an address reaches its owner: asked for by mail, shown by the mail's token. */
import type { Call } from "../../../rpc/call.ts";
import { callerOf } from "../../../rpc/call.ts";
import { rateLimited } from "../../../platform/rate-limit/rate-limited.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import type { UserRow } from "../model.ts";
import { recordOwnChange } from "../own-changes.ts";
import type { IdentityDeps } from "../identity-deps.ts";
import { issueToken, ownerOf, spendToken } from "./account-tokens.ts";
import { takeEmailChange } from "./email-change-limit.ts";

/** In how long a mailbox that was written to often enough may be written to again, at the latest. */
const MAILBOX_RETRY_MS = 60 * 60 * 1_000;

/** Writes to the address that is to be verified next; to none where none is left. @throws Failure RATE_LIMITED */
export async function requestVerification(deps: IdentityDeps, call: Call): Promise<void> {
  const { id } = callerOf(call);
  await takeEmailChange(call, deps.limits);
  const request = async (user: UserRow) => {
    if (user.pendingEmail !== "" || !user.emailVerified) await mailToken(deps, user);
  };
  await deps.users.withLocked(id, request, call);
}

/** In the transaction that has locked the user. @throws Failure RATE_LIMITED when the address was written to often */
export async function mailToken({ database, onAccount }: IdentityDeps, user: UserRow): Promise<void> {
  const email = user.pendingEmail === "" ? user.email : user.pendingEmail;
  const token = await issueToken(database, user, { purpose: "VERIFY", email });
  if (!(await onAccount.verificationAsked(user.id, token))) throw rateLimited("email-change", MAILBOX_RETRY_MS);
}

/** @throws Failure VERIFICATION_TOKEN_INVALID, EMAIL_TAKEN */
export async function verifyEmail(
  { auditLog, database, users }: IdentityDeps,
  token: string,
  call: Call,
): Promise<UserRow> {
  const verify = async () => {
    const id = await ownerOf(database, token, "VERIFY");
    call.about = { account: id };
    let before = "";
    const user = await users.verifyEmail(id, (locked) => {
      before = locked.email;
      return spendToken(database, locked, { token, purpose: "VERIFY" });
    });
    const moved = { path: "email", oldValue: before, newValue: user.email };
    const verified = { path: "email_verified", oldValue: "false", newValue: "true" };
    await recordOwnChange(auditLog, { user, change: before === user.email ? verified : moved }, call);
    return user;
  };
  return withTransaction(database, verify, call);
}
