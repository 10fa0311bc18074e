/**
 * The repository of sessions: refresh tokens, of which only a hash is kept, in families that descend from one sign-in.
 *
 * A refresh token serves once. A second use means that two have it, and one of them stole it: the whole family ends,
 * without a grace period, which a thief would use too. Everything here that changes a session first locks its user's
 * row: a family cannot grow while it is being ended, and nobody signs in with a password that is being changed.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Sequelize } from "sequelize";
import { execute, select } from "../platform/database.ts";
import { Failure } from "../platform/errors.ts";
import { newId } from "../platform/identifier.ts";
import { type TransactionOptions, withTransaction } from "../platform/transaction.ts";
import { revoke } from "./revocations.ts";
import type { AccessToken, AccessTokens, Subject } from "./tokens.ts";

const REFRESH_TOKEN_LIFE_MS = 30 * 24 * 3_600_000;
const REFRESH_TOKEN_BYTES = 32;

export interface IssuedTokens extends AccessToken {
  refreshToken: string;
  refreshTokenExpireTime: Date;
}

export class Sessions {
  readonly #database: Sequelize;
  readonly #accessTokens: AccessTokens;

  constructor(database: Sequelize, accessTokens: AccessTokens) {
    this.#database = database;
    this.#accessTokens = accessTokens;
  }

  /**
   * Signs in: a new session.
   * @throws Failure WRONG_CREDENTIALS when the account was disabled, deleted or given another password since it was read
   */
  async begin(user: Subject, options?: TransactionOptions): Promise<IssuedTokens> {
    return withTransaction(
      this.#database,
      async () => {
        const now = await lockUser(this.#database, user.id);
        if (now === undefined || now.tokenGeneration !== user.tokenGeneration) throw wrongCredentials();
        return this.#issue(now, newId());
      },
      options,
    );
  }

  /** Makes an account and signs it in: both or neither. */
  async beginWith<User extends Subject>(create: () => Promise<User>, options?: TransactionOptions): Promise<{ user: User; tokens: IssuedTokens }> {
    const both = async () => {
      const user = await create();
      return { user, tokens: await this.begin(user) };
    };
    return withTransaction(this.#database, both, options);
  }

  /** The next tokens of a session. @throws Failure INVALID_REFRESH_TOKEN */
  async refresh(refreshToken: string, options?: TransactionOptions): Promise<IssuedTokens> {
    const hash = hashOf(refreshToken);
    // Told after the commit: a refusal inside would roll back what it ends.
    const tokens = await withTransaction(this.#database, () => this.#take(hash), options);
    if (tokens === undefined) {
      throw new Failure("INVALID_REFRESH_TOKEN", "The refresh token is unknown, used, ended or expired. Sign in again.");
    }
    return tokens;
  }

  /** Ends the session that a refresh token, used or not, belongs to. An unknown one is no error. */
  async end(refreshToken: string, options?: TransactionOptions): Promise<void> {
    const hash = hashOf(refreshToken);
    await withTransaction(
      this.#database,
      async () => {
        const found = await this.#find(hash);
        if (found === undefined) return;
        await lockUser(this.#database, found.user_id);
        await endFamily(this.#database, found.family);
      },
      options,
    );
  }

  /** Uses a token up; undefined when it does not serve. */
  async #take(hash: Buffer): Promise<IssuedTokens | undefined> {
    const found = await this.#find(hash);
    if (found === undefined) return undefined;
    const user = await lockUser(this.#database, found.user_id);
    const [token] = await select<{ used: boolean; expired: boolean }>(
      this.#database,
      "SELECT used_at IS NOT NULL AS used, expires_at <= now() AS expired FROM identity.refresh_tokens WHERE hash = $1 FOR UPDATE",
      [hash],
    );
    if (user === undefined || token === undefined || token.expired) return undefined;
    if (token.used) {
      await endFamily(this.#database, found.family);
      return undefined;
    }
    await execute(this.#database, "UPDATE identity.refresh_tokens SET used_at = now() WHERE hash = $1", [hash]);
    return this.#issue(user, found.family);
  }

  async #find(hash: Buffer): Promise<{ user_id: string; family: string } | undefined> {
    const [found] = await select<{ user_id: string; family: string }>(
      this.#database,
      "SELECT user_id, family FROM identity.refresh_tokens WHERE hash = $1",
      [hash],
    );
    return found;
  }

  async #issue(user: Subject, family: string): Promise<IssuedTokens> {
    const refreshToken = randomBytes(REFRESH_TOKEN_BYTES).toString("base64url");
    const refreshTokenExpireTime = new Date(Date.now() + REFRESH_TOKEN_LIFE_MS);
    await execute(
      this.#database,
      "INSERT INTO identity.refresh_tokens (hash, family, user_id, expires_at) VALUES ($1, $2, $3, $4)",
      [hashOf(refreshToken), family, user.id, refreshTokenExpireTime],
    );
    return { ...this.#accessTokens.sign(user, family), refreshToken, refreshTokenExpireTime };
  }
}

/** Ends every session of a user but one, inside the transaction that has locked the user and raised the generation. */
export async function endSessions(
  database: Sequelize,
  { userId, generation, spared }: { userId: string; generation: number; spared?: string | undefined },
): Promise<void> {
  await execute(
    database,
    "DELETE FROM identity.refresh_tokens WHERE user_id = $1 AND family IS DISTINCT FROM $2::uuid",
    [userId, spared ?? null],
  );
  await revoke(database, { subject: userId, generation, spared });
}

/** Forgets refresh tokens that are over, at most `limit`. @returns how many */
export async function purgeSessions(database: Sequelize, limit: number): Promise<number> {
  const purged = await execute(
    database,
    `DELETE FROM identity.refresh_tokens WHERE hash IN (
       SELECT hash FROM identity.refresh_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING true AS purged`,
    [limit],
  );
  return purged.length;
}

export function wrongCredentials(): Failure {
  return new Failure("WRONG_CREDENTIALS", "No account has this login and password.");
}

async function endFamily(database: Sequelize, family: string): Promise<void> {
  const ended = await execute(database, "DELETE FROM identity.refresh_tokens WHERE family = $1 RETURNING family", [family]);
  if (ended.length > 0) await revoke(database, { subject: family });
}

/**
 * A user that may sign in, locked. FOR NO KEY UPDATE lets rows that refer to the user (orders, tokens) be written
 * meanwhile.
 */
async function lockUser(database: Sequelize, id: string): Promise<Subject | undefined> {
  const [user] = await select<Subject>(
    database,
    `SELECT id, role, username, email, token_generation AS "tokenGeneration" FROM identity.users
     WHERE id = $1 AND NOT disabled AND deleted_at IS NULL FOR NO KEY UPDATE`,
    [id],
  );
  return user;
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
