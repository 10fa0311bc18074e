/** A shop as large as a busy one: the seed's 1,200 products in 25 stores, 100,000 orders of two weeks, and what they leave. */
import type { Sequelize } from "sequelize";
import { seed } from "../../src/development/seed/seed.ts";
import { rollUp } from "../../src/domains/analytics/daily-rollup.ts";
import { CONSUMER as ORDER_SEARCH, SearchRows } from "../../src/domains/order/find/search-rows.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { placeMany } from "./bulk-orders.ts";

export const SHOP_PASSWORD = "bodega-dev";
export const SHOP_ADMIN = "admin@bodega.example";
const CUSTOMERS = 2_000;
const SPAN_MS = 14 * 86_400_000;
const SEARCH_BATCH = 5_000;

/** As the tables' owner. @param orders 100,000 unless told */
export async function fillLargeShop(database: Sequelize, { orders = 100_000 } = {}): Promise<void> {
  await seed({ database, password: SHOP_PASSWORD, currency: currencyOf("USD") });
  const buyers = await runSql<{ id: string }>(database, CUSTOMERS_SQL, [CUSTOMERS]);
  await placeMany(database, orders, { endMs: Date.now(), spanMs: SPAN_MS, buyers: buyers.map(({ id }) => id) });
  for (const sql of LEFT_BEHIND) await runSql(database, sql);
  while ((await rollUp(database)) > 0);
  await runSql(
    database,
    "INSERT INTO orders.relay_cursor (name, position) SELECT $1, position FROM orders.relay_cursor WHERE name = 'outbox' ON CONFLICT DO NOTHING",
    [ORDER_SEARCH],
  );
  const rows = new SearchRows(database);
  while ((await rows.writeOlder(SEARCH_BATCH)) === SEARCH_BATCH);
  await runSql(database, "VACUUM ANALYZE");
}

/** Nobody signs in as one of them. */
const CUSTOMERS_SQL = `
  INSERT INTO identity.users (id, email, username, first_name, last_name, role, password_hash)
  SELECT gen_random_uuid(), 'buyer' || n || '@test.example', 'buyer' || n, 'Buyer', 'Number ' || n, 'CUSTOMER', ''
  FROM generate_series(1, $1::integer) n RETURNING id`;

/** Orders that are on hold and on their way, thresholds, what admins did, and e-mails that wait or were given up. */
const LEFT_BEHIND = [
  `UPDATE orders.orders SET status = 'PENDING', hold_expires_at = now() + interval '1 hour'
   WHERE id IN (SELECT id FROM orders.orders WHERE status = 'CONFIRMED' ORDER BY id DESC LIMIT 40)`,
  `UPDATE orders.orders SET status = 'SHIPPED'
   WHERE id IN (SELECT id FROM orders.orders WHERE status = 'CONFIRMED' ORDER BY id DESC LIMIT 5000)`,
  "UPDATE inventory.stores SET low_stock_threshold = 10",
  `INSERT INTO audit.events (id, actor_id, actor_role, actor_name, rpc, object_type, object_id, old_etag, new_etag, request_id, address, object_name, changes)
   SELECT (lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint - n * 60000), 12, '0') || '7000800000000000' || lpad(to_hex(n), 4, '0'))::uuid,
          a.id, 'ADMIN', 'admin', 'bodega.catalog.v1.CatalogService/UpdateProduct', 'product', p.id, 'v1', 'v2', 'request', '127.0.0.1', p.title,
          '[{"path": "price", "oldValue": "3.49 USD", "newValue": "3.99 USD"}]'
   FROM generate_series(1, 20000) n
   JOIN (SELECT id, title, row_number() OVER (ORDER BY id) AS number FROM catalog.products) p ON p.number = 1 + n % 1000
   CROSS JOIN (SELECT id FROM identity.users WHERE role = 'ADMIN' LIMIT 1) a`,
  `INSERT INTO email.deliveries (id, type, user_id, attempts, last_error, given_up_at)
   SELECT gen_random_uuid(), 'WELCOME', id, 5, '550 no such mailbox', now() FROM identity.users WHERE username LIKE 'buyer1__'`,
];
