/**
 * Tokens that are sent by mail: what shows that an address reaches its owner. Only a hash is kept, and of each account
 * and purpose only the newest.
 *
 * A token is good for the address it was sent to and the account's generation at that time. So a new password, another
 * address, disabling and deleting void it without having to find it, also one that is made at the same moment.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { UserRow } from "../model.ts";

const TOKEN_BYTES = 32;

export type TokenPurpose = "RESET" | "VERIFY";

const LIFETIME_SECONDS = { RESET: 30 * 60, VERIFY: 24 * 60 * 60 } as const satisfies Record<TokenPurpose, number>;

/** What a mail carries to its reader. */
export interface MailedToken {
  token: string;
  email: string;
  endsAt: Date;
}

/** Makes a token in place of the one before. @param email where it is sent */
export async function issueToken(
  database: Sequelize,
  { id, tokenGeneration }: Pick<UserRow, "id" | "tokenGeneration">,
  { purpose, email }: { purpose: TokenPurpose; email: string },
): Promise<MailedToken> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const [row] = await runSql<{ endsAt: Date }>(
    database,
    `INSERT INTO identity.account_tokens (user_id, purpose, hash, email, generation, expires_at)
     VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))
     ON CONFLICT (user_id, purpose) DO UPDATE SET hash = excluded.hash, email = excluded.email,
       generation = excluded.generation, expires_at = excluded.expires_at
     RETURNING expires_at AS "endsAt"`,
    [id, purpose, hashOf(token), email, tokenGeneration, LIFETIME_SECONDS[purpose]],
  );
  if (row === undefined) throw new TypeError("a token was not written");
  return { token, email, endsAt: row.endsAt };
}

/** Whose token it is; it stays as it is. @throws Failure VERIFICATION_TOKEN_INVALID */
export async function ownerOf(database: Sequelize, token: string, purpose: TokenPurpose): Promise<string> {
  const [row] = await runSql<{ userId: string }>(
    database,
    `SELECT t.user_id AS "userId" FROM identity.account_tokens t JOIN identity.users u ON u.id = t.user_id
     WHERE t.hash = $1 AND t.purpose = $2 AND t.expires_at > clock_timestamp() AND t.generation = u.token_generation
       AND t.email IN (u.email, u.pending_email) AND u.deleted_at IS NULL AND NOT u.disabled`,
    [hashOf(token), purpose],
  );
  if (row === undefined) throw invalidToken();
  return row.userId;
}

/**
 * Uses a token up, in the transaction that has locked its owner: of two who use it at once the second finds none.
 * @returns the address that it was sent to
 * @throws Failure VERIFICATION_TOKEN_INVALID
 */
export async function spendToken(
  database: Sequelize,
  { id, tokenGeneration, disabled }: UserRow,
  { token, purpose }: { token: string; purpose: TokenPurpose },
): Promise<string> {
  const [spent] = await runSql<{ email: string }>(
    database,
    `DELETE FROM identity.account_tokens WHERE user_id = $1 AND purpose = $2 AND hash = $3 AND generation = $4
       AND expires_at > clock_timestamp() RETURNING email`,
    [id, purpose, hashOf(token), tokenGeneration],
  );
  if (spent === undefined || disabled) throw invalidToken();
  return spent.email;
}

/** Forgets at most `limit` that are over. @returns how many */
export async function purgeAccountTokens(database: Sequelize, limit: number): Promise<number> {
  const purged = await runSql(
    database,
    `DELETE FROM identity.account_tokens WHERE (user_id, purpose) IN (
       SELECT user_id, purpose FROM identity.account_tokens WHERE expires_at < now() ORDER BY expires_at LIMIT $1
       FOR UPDATE SKIP LOCKED
     ) RETURNING true AS purged`,
    [limit],
  );
  return purged.length;
}

export function invalidToken(): Failure {
  return new Failure("VERIFICATION_TOKEN_INVALID", "This link has been used, has ended, or is not the newest one.");
}

function hashOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
