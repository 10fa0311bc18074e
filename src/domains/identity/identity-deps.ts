/** What identity's handlers work with, and what an account's life means to the other domains. */
import type { Sequelize } from "sequelize";
import type { AuditLog } from "./audit-log.ts";
import type { MailedToken } from "./recovery/account-tokens.ts";
import type { PasswordPolicy } from "./password/password-policy.ts";
import type { ResetRequests } from "./recovery/reset-requests.ts";
import type { MfaDeps } from "./mfa/handlers.ts";
import type { ServiceKeys } from "./service-keys.ts";
import type { Sessions } from "./session/sessions.ts";

export interface IdentityDeps extends MfaDeps {
  database: Sequelize;
  resetRequests: ResetRequests;
  judgePassword: PasswordPolicy;
  auditLog: AuditLog;
  sessions: Sessions;
  serviceKeys: ServiceKeys;
  onAccount: OnAccount;
}

/** What others do in the transaction of an account's beginning or end, or of a note on it, so that both happen or neither. */
export interface OnAccount {
  registered(userId: string): Promise<void>;
  /** Somebody guesses at the password, from everywhere. */
  guessedAt(userId: string): Promise<void>;
  secondFactorChanged(userId: string, news: "MFA_ENABLED" | "MFA_DISABLED"): Promise<void>;
  passwordChanged(userId: string): Promise<void>;
  /** @returns false, and nothing is sent, when enough went to that address */
  verificationAsked(userId: string, token: MailedToken): Promise<boolean>;
  /** @param from the address until now, or until the new one is verified */
  emailChanging(userId: string, from: string): Promise<void>;
  deleted(userId: string): Promise<void>;
}
