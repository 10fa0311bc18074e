/**
 * Answered requests: what a `request_id` was answered with, so that a retry gets the same again.
 *
 * A row is written in the transaction of what it answers. Its key is unique, so that of two with the same id one
 * writes and the other finds the answer.
 */
import type { Sequelize } from "sequelize";
import { execute, select } from "./database.ts";
import { type Answered, type Claim, fromStored, keyText, type RequestKey, reused, type StoredFailure } from "./requests.ts";

/** How long an answer is kept. */
export const KEPT = "24 hours";

/** The answers to those of the claims that have one, by `keyText`. Expired ones are forgotten on the way. */
export async function findAnswers(database: Sequelize, claims: Claim[]): Promise<Map<string, Answered>> {
  const keys = [claims.map(({ caller }) => caller), claims.map(({ rpc }) => rpc), claims.map(({ requestId }) => requestId)];
  const within = "(caller, rpc, request_id) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[]))";
  await execute(database, `DELETE FROM platform.requests WHERE ${within} AND created_at < now() - interval '${KEPT}'`, keys);
  const rows = await select<AnsweredRow>(
    database,
    `SELECT caller, rpc, request_id AS "requestId", fingerprint, response, failure FROM platform.requests WHERE ${within}`,
    keys,
  );
  const byKey = new Map(rows.map((row) => [keyText(row), row]));
  return new Map(
    claims.flatMap((claim) => {
      const row = byKey.get(keyText(claim));
      return row === undefined ? [] : [[keyText(claim), answerOf(row, claim)] as const];
    }),
  );
}

interface AnsweredRow extends RequestKey {
  fingerprint: Buffer;
  response: Buffer | null;
  failure: StoredFailure | null;
}

function answerOf({ fingerprint, response, failure }: AnsweredRow, claim: Claim): Answered {
  if (!fingerprint.equals(claim.fingerprint)) return reused();
  if (response !== null) return response;
  if (failure !== null) return fromStored(failure);
  throw new TypeError("a claimed request id has no answer");
}

/** Forgets answers that are too old to be given again, at most `limit`; any number of workers may do it at once. */
export async function purgeAnswers(database: Sequelize, limit: number): Promise<number> {
  const purged = await execute(
    database,
    `DELETE FROM platform.requests WHERE (caller, rpc, request_id) IN (
       SELECT caller, rpc, request_id FROM platform.requests
       WHERE created_at < now() - interval '${KEPT}' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING true AS purged`,
    [limit],
  );
  return purged.length;
}
