/** Which orders a query finds: the ids of a page. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import type { OrderFilter, Owner } from "../order-filter.ts";
import { isWholeId, termsAsked } from "./search-terms.ts";

export interface FoundPage {
  /** The id that the page before ended with. */
  before: string | undefined;
  limit: number;
}

/** The newest that a query finds among the orders that the filter and the caller leave. @returns at most `limit` ids */
export async function foundIds(
  database: Sequelize,
  { query, userId, storeId, status, startMs, endMs }: OrderFilter & { query: string },
  { ownedBy, before, limit }: FoundPage & { ownedBy: Owner },
): Promise<string[]> {
  if (isWholeId(query)) return [query.toLowerCase()];
  const service = typeof ownedBy === "object" && "service" in ownedBy ? ownedBy.service : undefined;
  const user = typeof ownedBy === "object" && "user" in ownedBy ? ownedBy.user : undefined;
  const buyer = user ?? userId;
  const rows = await runSql<{ id: string }>(database, buyer === undefined ? FOUND : FOUND_OF_BUYER, [
    termsAsked(query),
    buyer ?? null,
    // A customer who names another user finds nothing: both conditions hold.
    userId ?? null,
    service ?? null,
    storeId ?? null,
    status ?? null,
    dateOf(startMs),
    dateOf(endMs),
    before ?? null,
    limit,
  ]);
  return rows.map(({ id }) => id);
}

function dateOf(ms: number | undefined): Date | null {
  return ms === undefined ? null : new Date(ms);
}

/** $2 the buyer, $3 the one that is asked for, $4 the service that placed them, … */
const LEFT = `
  ($2::uuid IS NULL OR o.user_id = $2)
  AND ($3::uuid IS NULL OR o.user_id = $3)
  AND ($4::uuid IS NULL OR (o.placed_by = $4 AND o.placed_by <> o.user_id))
  AND ($5::uuid IS NULL OR o.store_id = $5)
  AND ($6::text IS NULL OR o.status = $6)
  AND ($7::timestamptz IS NULL OR o.created_at >= $7)
  AND ($8::timestamptz IS NULL OR o.created_at < $8)
  AND ($9::uuid IS NULL OR o.id < $9)`;

/**
 * What is found first is looked up by its key, one by one. PostgreSQL takes all words for common, and would rather
 * read every order from the newest on; hence MATERIALIZED and OFFSET. A word that a hundred thousand orders have costs
 * as many looks.
 */
const FOUND = `
  WITH found AS MATERIALIZED (SELECT store_id, order_id FROM orders.search WHERE terms @@ $1::tsquery)
  SELECT o.id FROM found f CROSS JOIN LATERAL (
    SELECT o.id FROM orders.orders o WHERE o.store_id = f.store_id AND o.id = f.order_id AND ${LEFT} OFFSET 0
  ) o ORDER BY o.id DESC LIMIT $10`;

/**
 * The other way round, and so no customer can make PostgreSQL look at everybody's orders: of the buyer's own each is
 * looked up among what is found.
 */
const FOUND_OF_BUYER = `
  WITH own AS MATERIALIZED (SELECT o.store_id, o.id FROM orders.orders o WHERE o.user_id = $2 AND ${LEFT})
  SELECT o.id FROM own o CROSS JOIN LATERAL (
    SELECT FROM orders.search WHERE store_id = o.store_id AND order_id = o.id AND terms @@ $1::tsquery OFFSET 0
  ) s ORDER BY o.id DESC LIMIT $10`;
