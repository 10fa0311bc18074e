/** The SQL of changing orders that exist: what is locked, and what is written, for any number of orders at once. */

/**
 * $1 order id, $2 user id or null, $3 id of who placed it or null: locks the order, if it is one that the caller may
 * change. The clock is read outside of the part that locks: inside it would be read before the wait for the lock, and
 * read again only if the one who held it changed the row.
 */
export const LOCK_ORDER = `
  WITH locked AS MATERIALIZED (
    SELECT store_id, id, status, version, promotion_id, user_id, hold_expires_at
    FROM orders.orders
    WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2) AND ($3::uuid IS NULL OR placed_by = $3)
    FOR NO KEY UPDATE
  )
  SELECT store_id, id, status, version, promotion_id, user_id,
         coalesce(hold_expires_at <= clock_timestamp(), false) AS hold_expired,
         EXISTS (SELECT FROM identity.users u WHERE u.id = user_id AND u.disabled) AS user_disabled
  FROM locked`;

/** $1 how many at most, $2 only this one or null, $3 not these: locks orders whose hold has ended and that nobody else has locked. */
export const LOCK_EXPIRED = `
  SELECT store_id, id, status, version, promotion_id, user_id, true AS hold_expired
  FROM orders.orders
  WHERE status = 'PENDING' AND hold_expires_at <= now() AND ($2::uuid IS NULL OR id = $2) AND NOT id = ANY($3::uuid[])
  ORDER BY hold_expires_at LIMIT $1
  FOR NO KEY UPDATE SKIP LOCKED`;

/** $1 store ids, $2 order ids, pairwise: locks the stock of their lines, in the order that every transaction keeps. */
export const LOCK_STOCK_OF_ORDERS = `
  SELECT i.order_id, s.store_id, s.product_id, i.quantity
  FROM unnest($1::uuid[], $2::uuid[]) AS o(store_id, order_id)
  JOIN orders.items i ON i.store_id = o.store_id AND i.order_id = o.order_id
  JOIN inventory.stock s ON s.store_id = i.store_id AND s.product_id = i.product_id
  ORDER BY s.store_id, s.product_id
  FOR UPDATE OF s`;

/**
 * $1–$4 a column each of the orders (store, id, new status, cancel reason), $5–$11 of the movements (store, id,
 * product, order, delta, reserved delta, kind). $12 is who did it, null for the system; $13 and $14 are the request id
 * and the trace of the call, null where nobody called.
 */
export const WRITE_CHANGES = `
  WITH c AS MATERIALIZED (
    SELECT *, clock_timestamp() AS at FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
      AS c(store_id, order_id, status, cancel_reason)
  ), m AS MATERIALIZED (
    SELECT * FROM unnest($5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[], $9::bigint[], $10::bigint[], $11::text[])
      AS m(store_id, id, product_id, order_id, delta, reserved_delta, kind)
  ), changed AS (
    UPDATE orders.orders o
    SET status = c.status, cancel_reason = c.cancel_reason, version = o.version + 1, updated_at = c.at
    FROM c WHERE o.store_id = c.store_id AND o.id = c.order_id
    RETURNING o.store_id, o.id, o.version, o.status, c.at
  ), stocked AS (
    UPDATE inventory.stock s
    SET quantity = s.quantity + t.delta, reserved = s.reserved + t.reserved_delta, updated_at = now()
    FROM (
      SELECT store_id, product_id, sum(delta) AS delta, sum(reserved_delta) AS reserved_delta FROM m GROUP BY 1, 2
    ) t WHERE s.store_id = t.store_id AND s.product_id = t.product_id
  ), moved AS (
    INSERT INTO inventory.movements (store_id, id, product_id, kind, delta, reserved_delta, order_id, actor_id)
    SELECT store_id, id, product_id, kind, delta, reserved_delta, order_id, $12::uuid FROM m
  )
  INSERT INTO orders.outbox (store_id, order_id, sequence, type, created_at, request_id, traceparent)
  SELECT store_id, id, version, 'ORDER_' || status, at, $13::text, $14::text FROM changed`;
