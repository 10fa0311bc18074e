/**
 * The repository of sessions: refresh tokens, of which only a hash is kept, in families that descend from one sign-in.
 *
 * A refresh token serves once. An answer may be lost, though, so within seconds it gives another successor, as long as
 * none of them was used: who goes on with one shows that it arrived. Any other second use means that two have the
 * token, and one of them stole it: the whole family ends, whoever comes first. Everything here that changes a session
 * first locks its user's row: a family cannot grow while it is being ended, two successors cannot both be the first that
 * is used, and nobody signs in with a password that is being changed.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { newId } from "../../../platform/wire/uuid.ts";
import { type TransactionOptions, withTransaction } from "../../../platform/database/transaction.ts";
import { type AddressMark, markOf } from "../sign-in/known-addresses.ts";
import { revoke } from "./revocations.ts";
import { refreshTokenEnd, sessionEnd } from "./session-lifetime.ts";
import type { AccessToken, AccessTokens, Subject } from "./access-tokens.ts";

const REFRESH_TOKEN_BYTES = 32;
/** A client that has lost an answer asks again within this. */
const AGAIN_SECONDS = 30;

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
   * @param mark of the address from which, which the account is known at from now on
   * @throws Failure WRONG_CREDENTIALS when the account was disabled, deleted or given another password since it was read
   */
  async begin(user: Subject, mark: AddressMark, options?: TransactionOptions): Promise<IssuedTokens> {
    return withTransaction(
      this.#database,
      async () => {
        const now = await lockUser(this.#database, user.id);
        if (now === undefined || now.tokenGeneration !== user.tokenGeneration) throw wrongCredentials();
        return this.#issue(now, { family: newId(), mark });
      },
      options,
    );
  }

  /** Makes an account and signs it in: both or neither. */
  async beginWith<User extends Subject>(
    create: () => Promise<User>,
    mark: AddressMark,
    options?: TransactionOptions,
  ): Promise<{ user: User; tokens: IssuedTokens }> {
    const both = async () => {
      const user = await create();
      return { user, tokens: await this.begin(user, mark) };
    };
    return withTransaction(this.#database, both, options);
  }

  /** The next tokens of a session. @throws Failure INVALID_REFRESH_TOKEN */
  async refresh(refreshToken: string, options?: TransactionOptions): Promise<IssuedTokens> {
    const hash = hashOf(refreshToken);
    // Told after the commit: a refusal inside would roll back what it ends.
    const tokens = await withTransaction(this.#database, () => this.#take(hash), options);
    if (tokens === undefined) {
      throw new Failure(
        "INVALID_REFRESH_TOKEN",
        "The refresh token is unknown, used, ended or expired. Sign in again.",
      );
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

  /** Uses a token, for the first time or again; undefined when it does not serve. */
  async #take(hash: Buffer): Promise<IssuedTokens | undefined> {
    const found = await this.#find(hash);
    if (found === undefined) return undefined;
    const user = await lockUser(this.#database, found.user_id);
    const token = await lockToken(this.#database, hash);
    if (user === undefined || token === undefined || isOver(token, { role: user.role, family: found.family }))
      return undefined;
    if (token.stolen) {
      await endFamily(this.#database, found.family);
      return undefined;
    }
    await runSql(
      this.#database,
      "UPDATE identity.refresh_tokens SET used_at = coalesce(used_at, clock_timestamp()) WHERE hash = $1",
      [hash],
    );
    return this.#issue(user, { family: found.family, parent: hash });
  }

  async #find(hash: Buffer): Promise<{ user_id: string; family: string } | undefined> {
    const [found] = await runSql<{ user_id: string; family: string }>(
      this.#database,
      "SELECT user_id, family FROM identity.refresh_tokens WHERE hash = $1",
      [hash],
    );
    return found;
  }

  /** @param mark of a sign-in: of its address, which is noted in the same statement */
  async #issue(
    user: Subject,
    { family, parent, mark }: { family: string; parent?: Buffer; mark?: AddressMark },
  ): Promise<IssuedTokens> {
    const refreshToken = randomBytes(REFRESH_TOKEN_BYTES).toString("base64url");
    const refreshTokenExpireTime = refreshTokenEnd({ role: user.role, family, issuedAt: new Date() });
    await runSql(
      this.#database,
      `WITH known AS (
         INSERT INTO identity.known_addresses AS k (user_id, mark) SELECT $3::uuid, ${markOf("$3::uuid", "$6::bytea")} WHERE $6 IS NOT NULL
         ON CONFLICT (user_id, mark) DO UPDATE SET signed_in_at = now()
       )
       INSERT INTO identity.refresh_tokens (hash, family, user_id, parent, expires_at) VALUES ($1, $2, $3::uuid, $4, $5)`,
      [hashOf(refreshToken), family, user.id, parent ?? null, refreshTokenExpireTime, mark ?? null],
    );
    return { ...this.#accessTokens.sign(user, family, sessionEnd(family)), refreshToken, refreshTokenExpireTime };
  }
}

interface TokenRow {
  created_at: Date;
  expires_at: Date;
  now: Date;
  /** Whether two must have it, or one of its kind: see above. */
  stolen: boolean;
}

/** By the clock after the lock, which may have taken its time. */
async function lockToken(database: Sequelize, hash: Buffer): Promise<TokenRow | undefined> {
  const [token] = await runSql<TokenRow>(
    database,
    `SELECT t.created_at, t.expires_at, clock_timestamp() AS now,
            CASE WHEN t.used_at IS NULL THEN ${used("other.parent = t.parent AND other.hash <> t.hash")}
                 ELSE t.used_at < clock_timestamp() - make_interval(secs => $2) OR ${used("other.parent = t.hash")} END AS stolen
     FROM identity.refresh_tokens t WHERE t.hash = $1 FOR UPDATE`,
    [hash, AGAIN_SECONDS],
  );
  return token;
}

function used(which: string): string {
  return `EXISTS (SELECT FROM identity.refresh_tokens other WHERE ${which} AND other.used_at IS NOT NULL)`;
}

/** Also by what the role allows now: whoever became an admin since has an admin's session. */
function isOver(
  { created_at, expires_at, now }: TokenRow,
  { role, family }: { role: Subject["role"]; family: string },
): boolean {
  return expires_at <= now || refreshTokenEnd({ role, family, issuedAt: created_at }) <= now;
}

/** Ends every session of a user but one, inside the transaction that has locked the user and raised the generation. */
export async function endSessions(
  database: Sequelize,
  { userId, generation, spared }: { userId: string; generation: number; spared?: string | undefined },
): Promise<void> {
  await runSql(
    database,
    "DELETE FROM identity.refresh_tokens WHERE user_id = $1 AND family IS DISTINCT FROM $2::uuid",
    [userId, spared ?? null],
  );
  await revoke(database, { subject: userId, generation, spared });
}

/**
 * Forgets refresh tokens that are over, at most `limit`; a little later than they end, since a successor that was used
 * tells on the others, which may be younger. @returns how many
 */
export async function purgeSessions(database: Sequelize, limit: number): Promise<number> {
  const purged = await runSql(
    database,
    `DELETE FROM identity.refresh_tokens WHERE hash IN (
       SELECT hash FROM identity.refresh_tokens WHERE expires_at < now() - make_interval(secs => $2) ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING true AS purged`,
    [limit, AGAIN_SECONDS],
  );
  return purged.length;
}

export function wrongCredentials(): Failure {
  return new Failure("WRONG_CREDENTIALS", "No account has this login and password.");
}

async function endFamily(database: Sequelize, family: string): Promise<void> {
  const ended = await runSql(database, "DELETE FROM identity.refresh_tokens WHERE family = $1 RETURNING family", [
    family,
  ]);
  if (ended.length > 0) await revoke(database, { subject: family });
}

/**
 * A user that may sign in, locked. FOR NO KEY UPDATE lets rows that refer to the user (orders, tokens) be written
 * meanwhile.
 */
export async function lockUser(database: Sequelize, id: string): Promise<Subject | undefined> {
  const [user] = await runSql<Subject>(
    database,
    `SELECT id, role, username, email, token_generation AS "tokenGeneration", mfa_enabled AS "mfaEnabled"
     FROM identity.users
     WHERE id = $1 AND NOT disabled AND deleted_at IS NULL FOR NO KEY UPDATE`,
    [id],
  );
  return user;
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
