/**
 * What runs out: finds products of which a store has fewer than its threshold, and tells of each fall once.
 *
 * A job reads the stock through and compares, so that an order's transaction pays nothing for it. What was told of is
 * kept for as long as it is short; what was restocked is forgotten, and told of again when it falls again.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { withTransaction } from "../../platform/database/transaction.ts";

export interface LowStockAlert {
  store: string;
  sku: string;
  title: string;
  quantity: bigint;
  threshold: number;
}

export interface Notice {
  /** The first of them, by store and title. */
  shortages: LowStockAlert[];
  /** How many there are. */
  count: number;
}

/** More would be no e-mail but a list; the API has one. */
const MAX_NAMED = 100;
/** Short, for sale, and in a store that sells. */
const SHORT = `
  inventory.stock k
  JOIN inventory.stores s ON s.id = k.store_id AND s.active AND k.quantity < s.low_stock_threshold
  JOIN catalog.products p ON p.id = k.product_id AND p.active AND p.deleted_at IS NULL
  JOIN catalog.categories c ON c.id = p.category_id AND c.active`;

/** @param tell in the transaction that notes what was told. @returns how many shortages are new */
export async function noticeLowStock(database: Sequelize, tell: (notice: Notice) => Promise<void>): Promise<number> {
  return withTransaction(database, async () => {
    await runSql(
      database,
      `DELETE FROM inventory.shortages known WHERE NOT EXISTS (
         SELECT FROM ${SHORT} WHERE (k.store_id, k.product_id) = (known.store_id, known.product_id)
       )`,
    );
    const [fallen] = await runSql<{ count: number }>(
      database,
      `WITH fallen AS (
         INSERT INTO inventory.shortages (store_id, product_id) SELECT k.store_id, k.product_id FROM ${SHORT}
         ON CONFLICT DO NOTHING RETURNING true
       )
       SELECT count(*)::integer AS count FROM fallen`,
    );
    const count = fallen?.count ?? 0;
    if (count > 0) await tell({ shortages: await named(database), count });
    return count;
  });
}

/** Of those that this transaction has noted. */
async function named(database: Sequelize): Promise<LowStockAlert[]> {
  const rows = await runSql<Omit<LowStockAlert, "quantity"> & { quantity: string }>(
    database,
    `SELECT s.name AS store, p.sku, p.title, k.quantity, s.low_stock_threshold AS threshold
     FROM inventory.shortages fallen
     JOIN (${SHORT}) ON (k.store_id, k.product_id) = (fallen.store_id, fallen.product_id)
     WHERE fallen.noticed_at = now() ORDER BY s.name, p.title, p.sku LIMIT $1`,
    [MAX_NAMED],
  );
  return rows.map((row) => ({ ...row, quantity: BigInt(row.quantity) }));
}
