/**
 * Sign-ins that wait for the code of a second factor, after the right password.
 *
 * What the client holds meanwhile is a random token, of which only the hash is kept; it serves once, for five minutes and
 * five tries, and dies with the password that it was given for.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { type TransactionOptions, withTransaction } from "../../../platform/database/transaction.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { Subject } from "../session/access-tokens.ts";
import { type IssuedTokens, lockUser, type Sessions } from "../session/sessions.ts";
import { type AddressMark, isKnownAt } from "../sign-in/known-addresses.ts";
import { type SecondFactors, wrongMfaCode } from "./second-factors.ts";

const TOKEN_BYTES = 32;
const LIFE_MS = 5 * 60_000;
const MAX_TRIES = 5;

export interface MfaLogin {
  mfaToken: string;
  mfaTokenExpireTime: Date;
}

export interface MfaLoginsDeps {
  database: Sequelize;
  sessions: Sessions;
  secondFactors: SecondFactors;
}

export class MfaLogins {
  readonly #database: Sequelize;
  readonly #sessions: Sessions;
  readonly #secondFactors: SecondFactors;

  constructor({ database, sessions, secondFactors }: MfaLoginsDeps) {
    this.#database = database;
    this.#sessions = sessions;
    this.#secondFactors = secondFactors;
  }

  /** The password was right. */
  async begin({ id, tokenGeneration }: Subject): Promise<MfaLogin> {
    const mfaToken = randomBytes(TOKEN_BYTES).toString("base64url");
    const mfaTokenExpireTime = new Date(Date.now() + LIFE_MS);
    await runSql(
      this.#database,
      "INSERT INTO identity.mfa_logins (hash, user_id, token_generation, expires_at) VALUES ($1, $2, $3, $4)",
      [hashOf(mfaToken), id, tokenGeneration, mfaTokenExpireTime],
    );
    return { mfaToken, mfaTokenExpireTime };
  }

  /** Whose sign-in it is, and whether the account signed in lately where the mark is of. @throws Failure INVALID_MFA_TOKEN */
  async find(mfaToken: string, mark: AddressMark): Promise<{ account: string; isKnown: boolean }> {
    const [found] = await runSql<{ account: string; isKnown: boolean }>(
      this.#database,
      `SELECT user_id AS account, ${isKnownAt("user_id", "$2::bytea")} AS "isKnown" FROM identity.mfa_logins WHERE hash = $1`,
      [hashOf(mfaToken), mark],
    );
    if (found === undefined) throw invalidMfaToken();
    return found;
  }

  /** Ends it with a session. @throws Failure INVALID_MFA_TOKEN, WRONG_MFA_CODE */
  async complete(
    { mfaToken, code, account }: { mfaToken: string; code: string; account: string },
    mark: AddressMark,
    options: TransactionOptions,
  ): Promise<IssuedTokens> {
    const hash = hashOf(mfaToken);
    // Told after the commit: a refusal inside would roll back that the try is counted.
    const outcome = await withTransaction(
      this.#database,
      async () => {
        const user = await lockUser(this.#database, account);
        if (user === undefined || !(await this.#countTry(hash, user.tokenGeneration))) return "invalid";
        if (!(await this.#secondFactors.useCode(account, code))) return "wrong";
        await runSql(this.#database, "DELETE FROM identity.mfa_logins WHERE hash = $1", [hash]);
        return this.#sessions.begin(user, mark);
      },
      options,
    );
    if (outcome === "invalid") throw invalidMfaToken();
    if (outcome === "wrong") throw wrongMfaCode();
    return outcome;
  }

  /** By the clock after the user's lock. @returns whether there was one left */
  async #countTry(hash: Buffer, generation: number): Promise<boolean> {
    const counted = await runSql(
      this.#database,
      `UPDATE identity.mfa_logins SET tries = tries + 1
       WHERE hash = $1 AND token_generation = $2 AND tries < $3 AND expires_at > clock_timestamp() RETURNING tries`,
      [hash, generation, MAX_TRIES],
    );
    return counted.length > 0;
  }
}

/** Forgets those that are over; every process does it. */
export async function removeDeadMfaLogins(database: Sequelize): Promise<void> {
  await runSql(database, "DELETE FROM identity.mfa_logins WHERE expires_at < now() - interval '1 minute'");
}

function invalidMfaToken(): Failure {
  return new Failure("INVALID_MFA_TOKEN", "The sign-in has ended meanwhile. Begin again with Login.");
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
