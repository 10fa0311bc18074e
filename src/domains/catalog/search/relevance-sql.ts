/**
 * The SQL of a page by relevance, which comes in three tiers: exact titles, the newest matches ranked, older matches.
 *
 * Ranking a word that half the catalog has would cost a read of half the catalog. So at most MAX_RANKED candidates
 * are ranked, the newest; what is older follows unranked, newest first. The ids between which the candidates lie are
 * part of the page token: on the next page they are the same ones, whatever was inserted meanwhile. No I/O here.
 */
import { PRODUCT_COLUMNS } from "./sorted-page-sql.ts";
import {
  conditionsOf,
  FROM,
  Parameters,
  type ProductFilter,
  queryOf,
  type Statement,
  type Words,
} from "./product-filter.ts";

/**
 * 1,000 candidates are 50 pages of 20: further than anybody reads, and beyond a few milliseconds of ranking there is
 * nothing to gain.
 */
export const MAX_RANKED = 1_000;

export type WordFilter = ProductFilter & { words: Words };

/** Where a list by relevance goes on. */
export type RelevanceCursor =
  | { tier: "exact"; id: string }
  | { tier: "ranked"; id: string; rank: string; oldest: string; newest: string }
  | { tier: "older"; id: string };

/**
 * The titles are found first, by their own index: left to choose, the planner also reads all that have the words, which
 * took 20 ms of two common words' 70 at a million products.
 */
export function exactStatement(filter: WordFilter, after: string | undefined, limit: number): Statement {
  const parameters = new Parameters();
  const titled = `SELECT p.id FROM catalog.products p WHERE ${isExact(filter, parameters)} AND p.deleted_at IS NULL`;
  const conditions = [...conditionsOf(filter, parameters), `p.id = ANY (ARRAY(${titled}))`];
  if (after !== undefined) conditions.push(`p.id < ${parameters.add(after)}::uuid`);
  return newestFirst(conditions, parameters, limit);
}

/**
 * Each row has its `rank` and the ids of the `oldest` and `newest` candidate; `full` when there may be older matches
 * than those.
 */
export function rankedStatement(
  filter: WordFilter,
  cursor: Extract<RelevanceCursor, { tier: "ranked" }> | undefined,
  limit: number,
): Statement {
  const parameters = new Parameters();
  const conditions = [...conditionsOf(filter, parameters), `NOT (${isExact(filter, parameters)})`];
  if (cursor !== undefined)
    conditions.push(`p.id BETWEEN ${parameters.add(cursor.oldest)}::uuid AND ${parameters.add(cursor.newest)}::uuid`);
  const behind =
    cursor === undefined
      ? "true"
      : `(rank, id) < (${parameters.add(cursor.rank)}::real, ${parameters.add(cursor.id)}::uuid)`;
  const sql = `
    WITH candidates AS MATERIALIZED (
      SELECT p.id, p.words ${FROM}
      WHERE ${conditions.join(" AND ")}
      ORDER BY p.id DESC LIMIT ${MAX_RANKED}
    ), bounds AS (
      SELECT (array_agg(id ORDER BY id))[1] AS oldest, (array_agg(id ORDER BY id DESC))[1] AS newest, count(*) = ${MAX_RANKED} AS "full"
      FROM candidates
    ), best AS (
      SELECT * FROM (SELECT id, ts_rank(words, ${queryOf(filter.words, parameters)}) AS rank FROM candidates) ranked
      WHERE ${behind} ORDER BY rank DESC, id DESC LIMIT ${parameters.add(limit)}
    )
    SELECT ${PRODUCT_COLUMNS}, best.rank::text AS rank, bounds.oldest, bounds.newest, bounds."full"
    FROM best JOIN catalog.products p USING (id) JOIN catalog.categories c ON c.id = p.category_id CROSS JOIN bounds
    ORDER BY best.rank DESC, p.id DESC`;
  return { sql, bind: parameters.values };
}

/** @param before the oldest candidate's id, or the last row's */
export function olderStatement(filter: WordFilter, before: string, limit: number): Statement {
  const parameters = new Parameters();
  const conditions = [...conditionsOf(filter, parameters), `NOT (${isExact(filter, parameters)})`];
  conditions.push(`p.id < ${parameters.add(before)}::uuid`);
  return newestFirst(conditions, parameters, limit);
}

function newestFirst(conditions: string[], parameters: Parameters, limit: number): Statement {
  const sql = `
    SELECT ${PRODUCT_COLUMNS} ${FROM}
    WHERE ${conditions.join(" AND ")}
    ORDER BY p.id DESC LIMIT ${parameters.add(limit)}`;
  return { sql, bind: parameters.values };
}

function isExact({ words }: WordFilter, parameters: Parameters): string {
  return `lower(p.title) COLLATE "C" = lower(${parameters.add(words.typed)}::text) COLLATE "C"`;
}
