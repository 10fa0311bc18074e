/** The yardstick of a worker's round: what it costs to sum a whole day up anew, because one of its orders changed. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";

const SOLD = "o.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')";
const TIME = "to_timestamp(('x' || left(replace(o.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)";

/** Into tables of its own; by store only, where the product has the sums of all stores too. */
export async function sumDayAnew(
  database: Sequelize,
  { fromId, untilId }: { fromId: string; untilId: string },
): Promise<void> {
  await runSql(database, "DROP TABLE IF EXISTS public.sales_anew, public.products_anew");
  await runSql(
    database,
    `CREATE TABLE public.sales_anew AS
     SELECT o.store_id, date_bin('15 minutes', ${TIME}, 'epoch') AS start_at, count(*) FILTER (WHERE ${SOLD}) AS confirmed,
            count(*) FILTER (WHERE o.status = 'REJECTED') AS rejected, sum(o.total) FILTER (WHERE ${SOLD}) AS revenue
     FROM orders.orders o WHERE o.id >= '${fromId}' AND o.id < '${untilId}' GROUP BY 1, 2`,
  );
  await runSql(
    database,
    `CREATE TABLE public.products_anew AS
     SELECT o.store_id, i.product_id, sum(i.quantity) AS quantity, sum(i.line_total - i.discount) AS revenue, max(o.id::text COLLATE "C") AS last_order_id
     FROM orders.orders o JOIN orders.items i ON i.store_id = o.store_id AND i.order_id = o.id
     WHERE o.id >= '${fromId}' AND o.id < '${untilId}' AND i.order_id >= '${fromId}' AND i.order_id < '${untilId}' AND ${SOLD} GROUP BY 1, 2`,
  );
}
