/**
 * The repository of second factors: an app's secret and the recovery codes of each account that has one.
 *
 * Whoever turns one on or off locks the user's row first, as everything that changes a session does. A code serves once:
 * the newest step that was used only grows, in one statement, so that of two who send the same code one is refused.
 */
import type { Sequelize } from "sequelize";
import { noteChange } from "../../../platform/context/audit-notes.ts";
import { decrypt, encrypt } from "../../../platform/crypto/secret-encryption.ts";
import { runSql } from "../../../platform/database/database.ts";
import type { TransactionOptions } from "../../../platform/database/transaction.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { UserRow } from "../model.ts";
import { endSessions } from "../session/sessions.ts";
import type { Users } from "../users.ts";
import { forgetSecondFactor } from "./forget-second-factor.ts";
import { hashOfRecoveryCode, newRecoveryCodes, plainCode } from "./recovery-codes.ts";
import { isTotpCode, newTotpSecret, otpauthUri, stepOfCode } from "./totp.ts";

export interface SecondFactorsDeps {
  database: Sequelize;
  users: Users;
  /** KEY_ENCRYPTION_KEY; undefined: secrets are stored as they are. */
  encryptionKey: Buffer | undefined;
  /** Tells the owner, in the transaction that is open. */
  told: (userId: string, news: "MFA_ENABLED" | "MFA_DISABLED") => Promise<void>;
}

export class SecondFactors {
  readonly #database: Sequelize;
  readonly #users: Users;
  readonly #encryptionKey: Buffer | undefined;
  readonly #told: SecondFactorsDeps["told"];

  constructor({ database, users, encryptionKey, told }: SecondFactorsDeps) {
    this.#database = database;
    this.#users = users;
    this.#encryptionKey = encryptionKey;
    this.#told = told;
  }

  /** A new secret, which holds once it is confirmed. @throws Failure USER_NOT_FOUND, MFA_ENABLED */
  async enrol(userId: string, options: TransactionOptions): Promise<{ secret: string; otpauthUri: string }> {
    const secret = newTotpSecret();
    const key = this.#encryptionKey;
    const enrol = async ({ email, mfaEnabled }: UserRow) => {
      if (mfaEnabled) throw alreadyOn();
      await runSql(
        this.#database,
        `INSERT INTO identity.second_factors (user_id, secret) VALUES ($1, $2)
         ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret`,
        [userId, key === undefined ? secret : encrypt(secret, { id: userId, key })],
      );
      return { secret, otpauthUri: otpauthUri(secret, email) };
    };
    return this.#users.withLocked(userId, enrol, options);
  }

  /**
   * Turns it on. @returns the recovery codes, which nobody can tell again
   * @throws Failure USER_NOT_FOUND, MFA_ENABLED, TOTP_NOT_ENROLLED, WRONG_MFA_CODE
   */
  async confirm(userId: string, code: string, options: TransactionOptions): Promise<string[]> {
    const codes = newRecoveryCodes();
    const confirm = async (user: UserRow) => {
      if (user.mfaEnabled) throw alreadyOn();
      if (!(await this.#useTotp(userId, code))) throw wrongMfaCode();
      await this.#forgetCodes(userId);
      await runSql(
        this.#database,
        "INSERT INTO identity.recovery_codes (user_id, hash) SELECT $1::uuid, unnest($2::bytea[])",
        [userId, codes.map(hashOfRecoveryCode)],
      );
      noteChange({ path: "mfa_enabled", oldValue: "false", newValue: "true" });
      await user.update({ mfaEnabled: true, version: user.version + 1 });
      await this.#told(userId, "MFA_ENABLED");
      return codes;
    };
    return this.#users.withLocked(userId, confirm, options);
  }

  /** Turns it off, for whoever has it. @throws Failure USER_NOT_FOUND, TOTP_NOT_ENROLLED, WRONG_MFA_CODE */
  async disable(userId: string, code: string, options: TransactionOptions): Promise<void> {
    const disable = async (user: UserRow) => {
      if (!user.mfaEnabled) throw notEnrolled();
      if (!(await this.useCode(userId, code))) throw wrongMfaCode();
      noteChange({ path: "mfa_enabled", oldValue: "true", newValue: "false" });
      await this.#end(user);
    };
    await this.#users.withLocked(userId, disable, options);
  }

  /** Turns it off for an owner who lost it, and ends the account's sessions. @throws Failure USER_NOT_FOUND */
  async reset(userId: string, options: TransactionOptions): Promise<void> {
    const reset = async (user: UserRow) => {
      if (!user.mfaEnabled) return;
      const generation = user.tokenGeneration + 1;
      await user.update({ tokenGeneration: generation });
      await endSessions(this.#database, { userId, generation });
      await this.#end(user);
    };
    await this.#users.withLocked(userId, reset, options);
  }

  /** Uses a code of the app, or a recovery code: each serves once. @returns whether it was good */
  async useCode(userId: string, code: string): Promise<boolean> {
    if (isTotpCode(plainCode(code))) return this.#useTotp(userId, code);
    const used = await runSql(
      this.#database,
      "DELETE FROM identity.recovery_codes WHERE user_id = $1 AND hash = $2 RETURNING user_id",
      [userId, hashOfRecoveryCode(code)],
    );
    return used.length > 0;
  }

  /** @throws Failure TOTP_NOT_ENROLLED */
  async #useTotp(userId: string, code: string): Promise<boolean> {
    const [factor] = await runSql<{ secret: string }>(
      this.#database,
      "SELECT secret FROM identity.second_factors WHERE user_id = $1",
      [userId],
    );
    if (factor === undefined) throw notEnrolled();
    const step = stepOfCode(decrypt(factor.secret, { id: userId, key: this.#encryptionKey }), plainCode(code));
    if (step === undefined) return false;
    const used = await runSql(
      this.#database,
      "UPDATE identity.second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2 RETURNING user_id",
      [userId, step],
    );
    return used.length > 0;
  }

  async #end(user: UserRow): Promise<void> {
    await forgetSecondFactor(this.#database, user.id);
    await user.update({ mfaEnabled: false, version: user.version + 1 });
    await this.#told(user.id, "MFA_DISABLED");
  }

  async #forgetCodes(userId: string): Promise<void> {
    await runSql(this.#database, "DELETE FROM identity.recovery_codes WHERE user_id = $1", [userId]);
  }
}

export function wrongMfaCode(): Failure {
  return new Failure("WRONG_MFA_CODE", "The code is wrong, or was used before. Take the next one of your app.");
}

function notEnrolled(): Failure {
  return new Failure("TOTP_NOT_ENROLLED", "The account has no second factor. Call EnrolTotp first.");
}

function alreadyOn(): Failure {
  return new Failure("MFA_ENABLED", "The account has a second factor already. Disable it first.");
}
