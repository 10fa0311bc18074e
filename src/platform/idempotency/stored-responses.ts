/**
 * Answered requests: what a `request_id` was answered with, so that a retry gets the same again.
 *
 * A row is written in the transaction of what it answers. Its key is unique, so that of two with the same id one
 * writes and the other finds the answer.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../database/database.ts";
import type { Statement } from "../database/prepared-statements.ts";
import {
  type StoredResponse,
  type Claim,
  fromStored,
  keyText,
  type RequestKey,
  requestIdReused,
  type StoredFailure,
} from "./request-key.ts";

/** How long an answer is kept. */
export const KEPT = "24 hours";

/** $1 callers, $2 RPCs, $3 request ids, one of each for a claim: the answers that are kept. */
export const READ_STORED_RESPONSES: Statement = {
  name: "requests-read",
  text: `
    SELECT r.* FROM unnest($1::text[], $2::text[], $3::uuid[]) AS k(caller, rpc, request_id)
    CROSS JOIN LATERAL (
      SELECT caller, rpc, request_id AS "requestId", fingerprint, response, failure FROM platform.requests
      WHERE caller = k.caller AND rpc = k.rpc AND request_id = k.request_id AND created_at >= now() - interval '${KEPT}'
      LIMIT 1
    ) r`,
};

/** The answers to those of the claims that have one, by `keyText`. */
export async function findStoredResponses(database: Sequelize, claims: Claim[]): Promise<Map<string, StoredResponse>> {
  await forgetExpired(database, claims);
  return storedResponsesOf(
    await runSql<StoredResponseRow>(database, READ_STORED_RESPONSES.text, columnsOf(claims)),
    claims,
  );
}

/** Forgets kept answers to these claims that are too old to be given again, so that their ids serve anew. */
export async function forgetExpired(database: Sequelize, claims: Claim[]): Promise<void> {
  await runSql(
    database,
    `DELETE FROM platform.requests
     WHERE (caller, rpc, request_id) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::uuid[]))
       AND created_at < now() - interval '${KEPT}'`,
    columnsOf(claims),
  );
}

function columnsOf(claims: Claim[]): string[][] {
  return [claims.map(({ caller }) => caller), claims.map(({ rpc }) => rpc), claims.map(({ requestId }) => requestId)];
}

/** By `keyText`. @param rows of READ_ANSWERS for these claims */
export function storedResponsesOf(rows: StoredResponseRow[], claims: Claim[]): Map<string, StoredResponse> {
  if (rows.length === 0) return new Map();
  const byKey = new Map(rows.map((row) => [keyText(row), row]));
  return new Map(
    claims.flatMap((claim) => {
      const row = byKey.get(keyText(claim));
      return row === undefined ? [] : [[keyText(claim), answerOf(row, claim)] as const];
    }),
  );
}

/** A row of READ_ANSWERS. */
export interface StoredResponseRow extends RequestKey {
  fingerprint: Buffer;
  response: Buffer | null;
  failure: StoredFailure | null;
}

function answerOf({ fingerprint, response, failure }: StoredResponseRow, claim: Claim): StoredResponse {
  if (!fingerprint.equals(claim.fingerprint)) return requestIdReused();
  if (response !== null) return response;
  if (failure !== null) return fromStored(failure);
  throw new TypeError("a claimed request id has no answer");
}

/** Forgets answers that are too old to be given again, at most `limit`; any number of workers may do it at once. */
export async function purgeStoredResponses(database: Sequelize, limit: number): Promise<number> {
  const purged = await runSql(
    database,
    `DELETE FROM platform.requests WHERE (caller, rpc, request_id) IN (
       SELECT caller, rpc, request_id FROM platform.requests
       WHERE created_at < now() - interval '${KEPT}' ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING true AS purged`,
    [limit],
  );
  return purged.length;
}
