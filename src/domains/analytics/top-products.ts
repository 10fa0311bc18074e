/**
 * The repository of what sells most: products by how many were sold in a period.
 *
 * A period without an end goes on being the one that the first page had, or every page would count other orders; so the
 * token holds it.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { ALL_STORES, latest, linesOf, NEVER_SOLD, SOLD_AND_CANCELLED } from "./rollup-increments-sql.ts";
import { PERIOD, periodBind } from "./rollup-sql.ts";
import { DAY_MS, type Period } from "./intervals.ts";

/** PostgreSQL's sums arrive as text; revenue is in minor units. */
export interface TopProductRow {
  product_id: string;
  sku: string;
  title: string;
  quantity: string;
  revenue: string;
}

export interface TopProductsQuery {
  /** As the caller gave it. */
  asked: Partial<Period>;
  /** As it is meant now. */
  period: Period;
  /** undefined: all. */
  storeId: string | undefined;
}

/**
 * Items are read store by store, by ranges of their key: OFFSET 0 keeps the planner from reading all items there are,
 * which took eight times as long at two million. Grouping them within each range first took a third longer. Leaving out
 * the items of the few orders that were never sold takes six tenths of joining the many that were: there is less to look
 * up, and the planner expects as many rows as there are and groups them by hashing, where it sorted them on disk.
 *
 * $6 the scope; $7 and $8 quantity and product of the last one that was shown; $9 how many are wanted.
 */
const statement = (ofStore: string) => `
  WITH ${PERIOD}, parts AS (
    SELECT q.product_id, q.quantity, q.revenue, q.last_order_id
    FROM summed s JOIN analytics.products_of_days q ON q.scope = $6::uuid AND q.start_at >= s.first AND q.start_at < s.until
    UNION ALL
    SELECT product_id, quantity, revenue, order_id FROM (${linesOf("differences")}) AS changed
    UNION ALL
    SELECT live.* FROM ranges r CROSS JOIN inventory.stores t
    CROSS JOIN LATERAL (
      SELECT i.product_id, i.quantity, i.line_total - i.discount, i.order_id
      FROM orders.items i
      WHERE i.store_id = t.id AND i.order_id >= r.from_id AND i.order_id < r.to_id AND NOT EXISTS (
        SELECT FROM orders.orders o
        WHERE o.store_id = t.id AND o.id >= r.from_id AND o.id < r.to_id AND o.id = i.order_id AND ${NEVER_SOLD}
      )
      OFFSET 0
    ) AS live
    ${ofStore}
    UNION ALL
    SELECT i.product_id, -i.quantity, i.discount - i.line_total, i.order_id
    FROM ranges r CROSS JOIN inventory.stores t
    JOIN orders.orders o ON o.store_id = t.id AND o.id >= r.from_id AND o.id < r.to_id AND ${SOLD_AND_CANCELLED}
    JOIN orders.items i ON i.store_id = t.id AND i.order_id = o.id
    ${ofStore}
  ), top AS (
    SELECT product_id, sum(quantity) AS quantity, sum(revenue) AS revenue, ${latest("last_order_id")} AS last_order_id
    FROM parts
    GROUP BY product_id
    HAVING sum(quantity) > 0 AND ($7::numeric IS NULL OR sum(quantity) < $7 OR (sum(quantity) = $7 AND product_id > $8::uuid))
    ORDER BY sum(quantity) DESC, product_id LIMIT $9
  )
  SELECT top.product_id, i.sku, i.title, top.quantity, top.revenue
  FROM top
  CROSS JOIN LATERAL (
    SELECT i.sku, i.title FROM orders.orders o JOIN orders.items i ON i.store_id = o.store_id AND i.order_id = o.id
    WHERE o.id = top.last_order_id AND i.product_id = top.product_id LIMIT 1
  ) AS i
  ORDER BY top.quantity DESC, top.product_id`;
const OF_ALL_STORES = statement("");
const OF_A_STORE = statement("WHERE t.id = $1");

export class TopProducts {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  /** The most sold first. */
  async list(
    { asked, period, storeId }: TopProductsQuery,
    request: PageRequest,
    options: TransactionOptions,
  ): Promise<Page<TopProductRow>> {
    const reading = this.#pageTokens.begin(request, ["top products", asked, storeId]);
    const [quantity, productId, startMs, endMs] = reading.cursor;
    const held = { startMs: Number(startMs ?? period.startMs), endMs: Number(endMs ?? period.endMs) };
    const bind = [
      ...periodBind(held, storeId, DAY_MS),
      storeId ?? ALL_STORES,
      quantity ?? null,
      productId ?? null,
      reading.limit,
    ];
    const sql = storeId === undefined ? OF_ALL_STORES : OF_A_STORE;
    const rows = await withTransaction(this.#database, () => runSql<TopProductRow>(this.#database, sql, bind), options);
    return reading.page(rows, (row) => [row.quantity, row.product_id, `${held.startMs}`, `${held.endMs}`]);
  }
}
