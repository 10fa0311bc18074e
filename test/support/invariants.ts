/** What must hold of a store's stock and orders at every commit, asked of the tables themselves. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";

/** Stock is what the ledger says, and what is reserved is what the orders on hold keep. */
const STOCK = `
  SELECT format('product %s in store %s: %s in stock and %s reserved, %s and %s by the ledger, %s on hold', product_id, store_id,
                s.quantity, s.reserved, coalesce(m.delta, 0), coalesce(m.reserved, 0), coalesce(h.held, 0)) AS broken
  FROM (SELECT * FROM inventory.stock WHERE store_id = $1) s
  FULL JOIN (
    SELECT store_id, product_id, sum(delta) AS delta, sum(reserved_delta) AS reserved
    FROM inventory.movements WHERE store_id = $1 GROUP BY 1, 2
  ) m USING (store_id, product_id)
  LEFT JOIN (
    SELECT i.store_id, i.product_id, sum(i.quantity) AS held
    FROM orders.items i JOIN orders.orders o ON o.store_id = i.store_id AND o.id = i.order_id
    WHERE i.store_id = $1 AND o.status = 'PENDING' GROUP BY 1, 2
  ) h USING (store_id, product_id)
  WHERE coalesce(s.quantity, 0) <> coalesce(m.delta, 0) OR coalesce(s.reserved, 0) <> coalesce(m.reserved, 0)
    OR coalesce(s.reserved, 0) <> coalesce(h.held, 0) OR s.quantity < 0 OR s.reserved < 0`;

/** What an order has taken of a product is what its status says, neither more nor less. */
const ORDERS = `
  SELECT format('%s order %s: of product %s it took %s and reserved %s by the ledger', o.status, o.id, i.product_id,
                coalesce(-m.delta, 0), coalesce(m.reserved, 0))
  FROM orders.orders o
  JOIN orders.items i ON i.store_id = o.store_id AND i.order_id = o.id
  LEFT JOIN (
    SELECT order_id, product_id, sum(delta) AS delta, sum(reserved_delta) AS reserved
    FROM inventory.movements WHERE store_id = $1 AND order_id IS NOT NULL GROUP BY 1, 2
  ) m ON m.order_id = o.id AND m.product_id = i.product_id
  WHERE o.store_id = $1 AND (
    coalesce(-m.delta, 0) <> CASE WHEN o.status IN ('REJECTED', 'CANCELLED') THEN 0 ELSE i.quantity END
    OR coalesce(m.reserved, 0) <> CASE o.status WHEN 'PENDING' THEN i.quantity ELSE 0 END
  )`;

/** Every change has its event: as many as there were versions, the last of them what the order is. */
const EVENTS = `
  SELECT format('order %s is %s in version %s, and its events are %s', o.id, o.status, o.version, e.types)
  FROM orders.orders o
  LEFT JOIN LATERAL (
    SELECT array_agg(type ORDER BY sequence) AS types, array_agg(sequence ORDER BY sequence) AS sequences
    FROM orders.outbox WHERE store_id = o.store_id AND order_id = o.id
  ) e ON true
  WHERE o.store_id = $1 AND (
    e.sequences IS DISTINCT FROM ARRAY(SELECT generate_series(1, o.version))
    OR e.types[o.version] IS DISTINCT FROM 'ORDER_' || o.status
  )`;

/** A use of a promotion stands for an order that keeps it. */
const USES = `
  SELECT format('%s order %s with code %s has %s uses', o.status, o.id, o.promo_code, count(r.order_id))
  FROM orders.orders o LEFT JOIN orders.redemptions r ON r.order_id = o.id
  WHERE o.store_id = $1 AND o.promotion_id IS NOT NULL
  GROUP BY o.store_id, o.id
  HAVING count(r.order_id) <> CASE WHEN o.status IN ('REJECTED', 'CANCELLED') THEN 0 ELSE 1 END`;

const SQL = [STOCK, ORDERS, EVENTS, USES].join("\nUNION ALL\n");

/** Sentences about every row that breaks a rule; none when all is well. */
export async function brokenInvariants(database: Sequelize, { storeId }: { storeId: string }): Promise<string[]> {
  const rows = await runSql<{ broken: string }>(database, SQL, [storeId]);
  return rows.map(({ broken }) => broken);
}

/** A promotion's counter is the number of its uses, and no limit is passed. */
const PROMOTIONS = `
  SELECT format('promotion %s counts %s uses of at most %s, and has %s, %s of them of one user, of at most %s', p.code, p.redeemed_count,
                p.usage_limit, u.uses, u.most, p.usage_limit_per_user) AS broken
  FROM orders.promotions p
  CROSS JOIN LATERAL (
    SELECT coalesce(sum(n), 0) AS uses, coalesce(max(n), 0) AS most
    FROM (SELECT count(*) AS n FROM orders.redemptions WHERE promotion_id = p.id GROUP BY user_id) per_user
  ) u
  WHERE p.redeemed_count <> u.uses OR u.uses > p.usage_limit OR u.most > p.usage_limit_per_user`;

/** The same of all promotions. */
export async function brokenPromotions(database: Sequelize): Promise<string[]> {
  const rows = await runSql<{ broken: string }>(database, PROMOTIONS);
  return rows.map(({ broken }) => broken);
}
