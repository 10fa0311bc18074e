/** What the sums should hold, by plain SQL over the orders; it shares no line with the product's. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";

const TIME = "to_timestamp(('x' || left(replace(o.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0)";
const COUNTS = "o.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')";
const ALL = "'00000000-0000-0000-0000-000000000000'::uuid";

const SALES = `
  SELECT scope, date_bin('15 minutes', ${TIME}, 'epoch') AS start_at, count(*) FILTER (WHERE ${COUNTS}) AS confirmed,
         count(*) FILTER (WHERE o.status = 'REJECTED') AS rejected, coalesce(sum(o.total) FILTER (WHERE ${COUNTS}), 0) AS revenue
  FROM orders.orders o, unnest(ARRAY[o.store_id, ${ALL}]) AS scope WHERE ${COUNTS} OR o.status = 'REJECTED' GROUP BY 1, 2`;
const PRODUCTS = `
  SELECT scope, date_bin('1 day', ${TIME}, 'epoch') AS start_at, i.product_id, sum(i.quantity) AS quantity, sum(i.line_total - i.discount) AS revenue
  FROM orders.orders o JOIN orders.items i ON (i.store_id, i.order_id) = (o.store_id, o.id), unnest(ARRAY[o.store_id, ${ALL}]) AS scope
  WHERE ${COUNTS} GROUP BY 1, 2, 3`;
const PAIRS: [kept: string, plain: string][] = [
  [
    "SELECT scope, start_at, confirmed, rejected, revenue FROM analytics.sales_of_quarters WHERE (confirmed, rejected, revenue) <> (0, 0, 0)",
    SALES,
  ],
  [
    "SELECT scope, start_at, product_id, quantity, revenue FROM analytics.products_of_days WHERE quantity <> 0 OR revenue <> 0",
    PRODUCTS,
  ],
];

/** The rows in which the sums and the orders differ, of all orders that there are. */
export async function wrongSums(database: Sequelize): Promise<unknown[]> {
  const found = [];
  for (const [kept, plain] of PAIRS) {
    found.push(...(await runSql(database, `(${kept} EXCEPT ${plain}) UNION ALL (${plain} EXCEPT ${kept})`)));
  }
  return found;
}
