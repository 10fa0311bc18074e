/** Identity as a whole: its parts, put together for the API of one process. */
import type { Sequelize } from "sequelize";
import type { Role } from "../../platform/auth/caller.ts";
import type { RequireMfa } from "../../platform/config/config.ts";
import type { Logger } from "../../platform/telemetry/log.ts";
import type { PageTokens } from "../../platform/wire/page-token.ts";
import type { Service } from "../../rpc/service.ts";
import { AuditLog } from "./audit-log.ts";
import { type Authenticator, authenticator } from "./authenticate.ts";
import { guessNotice } from "./sign-in/guess-notice.ts";
import { HashQueue } from "./password/hash-queue.ts";
import { passwordPolicy, shopWordsOf } from "./password/password-policy.ts";
import { removeDeadKeys, SigningKeys } from "./session/signing-keys.ts";
import { addressMarks } from "./sign-in/known-addresses.ts";
import { Revocations } from "./session/revocations.ts";
import { MfaLogins, removeDeadMfaLogins } from "./mfa/mfa-logins.ts";
import { SecondFactors } from "./mfa/second-factors.ts";
import type { OnAccount } from "./identity-deps.ts";
import { identityService } from "./service.ts";
import { ResetRequests } from "./recovery/reset-requests.ts";
import { ServiceKeys } from "./service-keys.ts";
import { Sessions } from "./session/sessions.ts";
import type { SignInLimitOptions } from "./sign-in/sign-in-limits.ts";
import { AccessTokens } from "./session/access-tokens.ts";
import { Users, type UsersOptions } from "./users.ts";

export interface IdentityOptions {
  database: Sequelize;
  /** The same, with a connection to spare that asks for revocations. */
  watching: Sequelize;
  keyEncryptionKey: Buffer | undefined;
  pageTokens: PageTokens;
  /** Whose words are no part of a password. */
  mailFrom: string;
  onAccount: OnAccount;
  /** What the audit log notes of accounts. */
  audited: UsersOptions;
  limits: SignInLimitOptions;
  requireMfa: RequireMfa;
  log: Logger;
}

export interface Identity {
  service: Service;
  signIn: Authenticator;
  users: Users;
  auditLog: AuditLog;
  keys: SigningKeys;
  stop(): Promise<void>;
}

/** @throws StartupError when the signing keys are encrypted with another key */
export async function openIdentity(options: IdentityOptions): Promise<Identity> {
  const { database, watching, keyEncryptionKey, pageTokens, mailFrom, onAccount, audited, limits, log } = options;
  const keys = await SigningKeys.open(database, keyEncryptionKey);
  const revocations = await Revocations.open(watching, {
    onPoll: () => keys.refresh(),
    onSweep: async () => {
      await removeDeadKeys(database);
      await removeDeadMfaLogins(database);
    },
  });
  const accessTokens = new AccessTokens(keys, mustHaveMfa(options.requireMfa));
  const auditLog = new AuditLog(database, pageTokens);
  const users = new Users(database, pageTokens, audited);
  const serviceKeys = new ServiceKeys(database, pageTokens);
  const sessions = new Sessions(database, accessTokens);
  const secondFactors = new SecondFactors({
    database,
    users,
    encryptionKey: keyEncryptionKey,
    told: onAccount.secondFactorChanged,
  });
  const markOf = await addressMarks(database, keyEncryptionKey);
  const tellOfGuesses = guessNotice({ database, guessedAt: onAccount.guessedAt, log });
  return {
    auditLog,
    service: identityService({
      database,
      judgePassword: passwordPolicy(shopWordsOf(mailFrom)),
      resetRequests: new ResetRequests(database),
      auditLog,
      users,
      sessions,
      secondFactors,
      mfaLogins: new MfaLogins({ database, sessions, secondFactors }),
      serviceKeys,
      revocations,
      turns: new HashQueue(),
      limits,
      markOf,
      tellOfGuesses,
      onAccount,
    }),
    signIn: authenticator({ accessTokens, serviceKeys, revocations }),
    users,
    keys,
    stop: () => revocations.stop(),
  };
}

/** Staff are all but customers. */
function mustHaveMfa(required: RequireMfa): (role: Role) => boolean {
  return (role) => (required === "staff" && role !== "CUSTOMER") || (required === "admins" && role === "ADMIN");
}
