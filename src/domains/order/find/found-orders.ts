/** Which orders a query finds: the ids of a page. */
import type { Sequelize } from "sequelize";
import { select } from "../../../platform/database/database.ts";
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
  const rows = await select<{ id: string }>(database, FOUND, [
    termsAsked(query),
    storeId ?? null,
    userId ?? null,
    user ?? null,
    service ?? null,
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

/**
 * What is found first is looked up by its key, one by one. PostgreSQL takes all words for common, and would rather read
 * every order from the newest on; hence MATERIALIZED and OFFSET. A word that a hundred thousand orders have costs as many
 * looks.
 */
const FOUND = `
  WITH found AS MATERIALIZED (SELECT store_id, order_id FROM orders.search WHERE terms @@ $1::tsquery)
  SELECT o.id FROM found f CROSS JOIN LATERAL (
    SELECT id FROM orders.orders
    WHERE store_id = f.store_id AND id = f.order_id
      AND ($2::uuid IS NULL OR store_id = $2)
      AND ($3::uuid IS NULL OR user_id = $3)
      AND ($4::uuid IS NULL OR user_id = $4)
      AND ($5::uuid IS NULL OR (placed_by = $5 AND placed_by <> user_id))
      AND ($6::text IS NULL OR status = $6)
      AND ($7::timestamptz IS NULL OR created_at >= $7)
      AND ($8::timestamptz IS NULL OR created_at < $8)
      AND ($9::uuid IS NULL OR id < $9)
    OFFSET 0
  ) o ORDER BY o.id DESC LIMIT $10`;
