/**
 * The SQL of placing orders: what is read and locked, and what is written, for any number of orders at once.
 *
 * Few statements, because each is a round trip under the locks, and on a hot product the time under the lock bounds
 * the rate; arrays instead of JSON, because PostgreSQL reads them at a third of the cost.
 */
import type { Statement } from "../../../platform/database/prepared-statements.ts";

/**
 * $1 store ids, $2 product ids, pairwise. Locks the stock rows in the order of (store, product), the one order that
 * every transaction keeps, and reads what the orders rest on. A pair that is not answered has no stock row, or names
 * what does not exist: UNSTOCKED tells which.
 */
export const LOCK_STOCK: Statement = { name: "order-lock-stock", text: lockStock("unnest($1::uuid[], $2::uuid[])") };

/** As LOCK_STOCK, with the pairs of carts beside them. @param cartPairs SQL that gives them from $3 and $4 */
export function lockStockWithCarts(cartPairs: string): Statement {
  const pairs = `(SELECT * FROM unnest($1::uuid[], $2::uuid[]) UNION ${cartPairs})`;
  return { name: "order-lock-stock-with-carts", text: lockStock(pairs) };
}

function lockStock(pairs: string): string {
  return `
    SELECT s.store_id, s.product_id, s.quantity, t.name AS store, t.active AS store_active,
           p.sku, p.title, p.price, p.active AND c.active AS active
    FROM ${pairs} AS w(store_id, product_id)
    JOIN inventory.stock s ON s.store_id = w.store_id AND s.product_id = w.product_id
    JOIN inventory.stores t ON t.id = s.store_id
    JOIN catalog.products p ON p.id = s.product_id AND p.deleted_at IS NULL
    JOIN catalog.categories c ON c.id = p.category_id
    ORDER BY s.store_id, s.product_id
    FOR UPDATE OF s`;
}

/** $1 store ids, $2 product ids, pairwise: the same facts without a stock row, nulls where there is no such thing. */
export const UNSTOCKED: Statement = {
  name: "order-unstocked",
  text: `
    SELECT w.store_id, w.product_id, NULL AS quantity, t.name AS store, t.active AS store_active,
           p.sku, p.title, p.price, p.active AND c.active AS active
    FROM unnest($1::uuid[], $2::uuid[]) AS w(store_id, product_id)
    LEFT JOIN inventory.stores t ON t.id = w.store_id
    LEFT JOIN catalog.products p ON p.id = w.product_id AND p.deleted_at IS NULL
    LEFT JOIN catalog.categories c ON c.id = p.category_id`,
};

/** $1 store ids, $2 product ids, pairwise: what a quote rests on, without a lock, and the database's clock. */
export const QUOTED = `
  SELECT w.store_id, w.product_id, s.quantity, t.name AS store, t.active AS store_active,
         p.sku, p.title, p.price, p.active AND c.active AS active, now() AS now
  FROM unnest($1::uuid[], $2::uuid[]) AS w(store_id, product_id)
  LEFT JOIN inventory.stock s ON s.store_id = w.store_id AND s.product_id = w.product_id
  LEFT JOIN inventory.stores t ON t.id = w.store_id
  LEFT JOIN catalog.products p ON p.id = w.product_id AND p.deleted_at IS NULL
  LEFT JOIN catalog.categories c ON c.id = p.category_id`;

/** $1 user ids: how many open holds each has placed for themselves. */
export const OPEN_HOLDS: Statement = {
  name: "order-open-holds",
  text: `
    SELECT user_id, count(*)::int AS count FROM orders.orders
    WHERE user_id = ANY($1::uuid[]) AND placed_by = user_id AND status = 'PENDING' AND hold_expires_at > clock_timestamp()
    GROUP BY user_id`,
};

/** The clock, read as a statement of its own behind the locks: what was waited for counts as gone by. */
export const CLOCK: Statement = { name: "order-clock", text: "SELECT clock_timestamp() AS now" };

/**
 * $1–$12 a column each of the orders, $13–$25 of their lines, $26–$29 of what is taken from the stock, $30–$35 of the
 * request ids that are answered, $36–$37 of where each order comes from. Movements and events follow from the lines and
 * orders.
 */
export const WRITE_ORDERS: Statement = {
  name: "order-write",
  text: `
    WITH o AS MATERIALIZED (
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[],
                           $8::bigint[], $9::text[], $10::uuid[], $11::timestamptz[], $12::timestamptz[])
        AS o(store_id, id, user_id, placed_by, status, subtotal, discount, total, promo_code, promotion_id,
             hold_expires_at, created_at)
    ), l AS MATERIALIZED (
      SELECT * FROM unnest($13::uuid[], $14::uuid[], $15::smallint[], $16::uuid[], $17::text[], $18::text[],
                           $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[], $23::bigint[], $24::uuid[],
                           $25::uuid[])
        AS l(store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total, discount, available,
             movement_id, actor_id)
    ), new_orders AS (
      INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, discount, total, promo_code,
                                 promotion_id, hold_expires_at, created_at, updated_at, total_items)
      SELECT o.*, o.created_at,
             CASE WHEN o.status = 'REJECTED' THEN 0 ELSE (SELECT count(*) FROM l WHERE l.order_id = o.id) END
      FROM o
    ), new_items AS (
      INSERT INTO orders.items (store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total,
                                discount, available)
      SELECT store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total, discount, available FROM l
    ), taken AS (
      UPDATE inventory.stock s
      SET quantity = s.quantity - t.sold - t.held, reserved = s.reserved + t.held, updated_at = now()
      FROM unnest($26::uuid[], $27::uuid[], $28::bigint[], $29::bigint[]) AS t(store_id, product_id, sold, held)
      WHERE s.store_id = t.store_id AND s.product_id = t.product_id
    ), moved AS (
      INSERT INTO inventory.movements (store_id, id, product_id, kind, delta, reserved_delta, order_id, actor_id)
      SELECT l.store_id, l.movement_id, l.product_id, CASE o.status WHEN 'PENDING' THEN 'HOLD' ELSE 'SALE' END,
             -l.quantity, CASE o.status WHEN 'PENDING' THEN l.quantity ELSE 0 END, l.order_id, l.actor_id
      FROM l JOIN o ON o.id = l.order_id WHERE l.movement_id IS NOT NULL
    ), answered AS (
      INSERT INTO platform.requests (caller, rpc, request_id, fingerprint, response, failure)
      SELECT * FROM unnest($30::text[], $31::text[], $32::uuid[], $33::bytea[], $34::bytea[], $35::jsonb[])
      ORDER BY 1, 2, 3
    )
    INSERT INTO orders.outbox (store_id, order_id, sequence, type, request_id, traceparent)
    SELECT e.store_id, e.id, 1, 'ORDER_' || e.status, e.request_id, e.traceparent
    FROM unnest($1::uuid[], $2::uuid[], $5::text[], $36::text[], $37::text[])
      AS e(store_id, id, status, request_id, traceparent)`,
};
