/** Orders of another time by the hundred thousand, two lines each: written by PostgreSQL itself, without events. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { progressBar } from "../../src/development/seed/progress.ts";

const CHUNK = 50_000;

/** $1 and $2 from which order to which, $3 when the last one was placed, $4 the milliseconds between two, $5 the buyers. */
const ORDERS_SQL = `
  WITH shop AS MATERIALIZED (
    SELECT (SELECT array_agg(id) FROM inventory.stores) AS stores, (SELECT array_agg(id) FROM catalog.products) AS products
  ), o AS MATERIALIZED (
    SELECT n, s.products, s.stores[1 + floor(random() * cardinality(s.stores))::integer] AS store_id,
           (lpad(to_hex(($3::float8 - n * $4::float8)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
           to_timestamp(($3::float8 - n * $4::float8) / 1000) AS placed_at, ($5::uuid[])[1 + n % greatest(1, cardinality($5::uuid[]))] AS user_id,
           CASE WHEN n % 20 = 0 THEN 'REJECTED' WHEN n % 33 = 0 THEN 'CANCELLED' WHEN n % 3 = 0 THEN 'CONFIRMED' ELSE 'DELIVERED' END AS status
    FROM shop s, generate_series($1::integer, $2::integer) n
  ), placed AS (
    INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, total, total_items, created_at, updated_at)
    SELECT store_id, id, coalesce(user_id, id), coalesce(user_id, id), status, 3000, 3000, 2, placed_at, placed_at FROM o
  )
  INSERT INTO orders.items (store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total)
  SELECT store_id, id, line, products[1 + floor(random() * random() * cardinality(products))::integer], 'SKU', 'Title', line, 1000, line * 1000
  FROM o, generate_series(1, 2) line`;

/** Spread evenly over the time that ends at `endMs`, in the stores and with the products that there are; by nobody who is known, unless told. */
export async function placeMany(
  database: Sequelize,
  count: number,
  { endMs, spanMs, buyers = [] }: { endMs: number; spanMs: number; buyers?: string[] },
): Promise<void> {
  const onProgress = progressBar("Ordering");
  for (let from = 0; from < count; from += CHUNK) {
    await runSql(database, ORDERS_SQL, [from, Math.min(from + CHUNK, count) - 1, endMs, spanMs / count, buyers]);
    onProgress(Math.min(from + CHUNK, count), count);
  }
}

/** Cancels as many confirmed orders of a range of ids, events and all. */
export async function cancelMany(
  database: Sequelize,
  count: number,
  { fromId, untilId }: { fromId: string; untilId: string },
): Promise<void> {
  await runSql(
    database,
    `WITH o AS (
       SELECT store_id, id FROM orders.orders WHERE status = 'CONFIRMED' AND id >= $1 AND id < $2 LIMIT $3
     ), cancelled AS (
       UPDATE orders.orders c SET status = 'CANCELLED', version = c.version + 1 FROM o WHERE c.store_id = o.store_id AND c.id = o.id
       RETURNING c.store_id, c.id, c.version
     )
     INSERT INTO orders.outbox (store_id, order_id, sequence, type) SELECT store_id, id, version, 'ORDER_CANCELLED' FROM cancelled`,
    [fromId, untilId, count],
  );
}
