/** What an e-mail about an order tells: the order, its lines, its store and whom to write to. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../../platform/database/database.ts";

export interface OrderDetails {
  orderId: string;
  recipient: { email: string; firstName: string };
  storeName: string;
  placedAt: Date;
  /** Minor units, as the amounts below. */
  subtotal: bigint;
  discount: bigint;
  total: bigint;
  /** "" for none. */
  promoCode: string;
  /** When the hold ended that the order was cancelled for; undefined for every other order. */
  expiredAt: Date | undefined;
  lines: DetailLine[];
}

export interface DetailLine {
  title: string;
  sku: string;
  quantity: bigint;
  unitPrice: bigint;
  lineTotal: bigint;
  /** What the store had, for a line that was short. */
  available: bigint | undefined;
}

interface OrderRow {
  email: string;
  first_name: string;
  store_name: string;
  created_at: Date;
  subtotal: string;
  discount: string;
  total: string;
  promo_code: string;
  expired_at: Date | null;
}

interface ItemRow {
  title: string;
  sku: string;
  quantity: string;
  unit_price: string;
  line_total: string;
  available: string | null;
}

/** undefined when the order or its user is gone: then there is nobody to write to. */
export async function orderDetails(
  database: Sequelize,
  key: { storeId: string; orderId: string },
): Promise<OrderDetails | undefined> {
  const [order] = await runSql<OrderRow>(
    database,
    `SELECT u.email, u.first_name, s.name AS store_name, o.created_at, o.subtotal, o.discount, o.total, o.promo_code,
            CASE o.cancel_reason WHEN 'HOLD_EXPIRED' THEN o.hold_expires_at END AS expired_at
     FROM orders.orders o
     JOIN inventory.stores s ON s.id = o.store_id
     JOIN identity.users u ON u.id = o.user_id
     WHERE o.store_id = $1 AND o.id = $2 AND u.email <> ''`,
    [key.storeId, key.orderId],
  );
  if (order === undefined) return undefined;
  const items = await runSql<ItemRow>(
    database,
    `SELECT title, sku, quantity, unit_price, line_total, available FROM orders.items
     WHERE store_id = $1 AND order_id = $2 ORDER BY line`,
    [key.storeId, key.orderId],
  );
  return {
    orderId: key.orderId,
    recipient: { email: order.email, firstName: order.first_name },
    storeName: order.store_name,
    placedAt: order.created_at,
    subtotal: BigInt(order.subtotal),
    discount: BigInt(order.discount),
    total: BigInt(order.total),
    promoCode: order.promo_code,
    expiredAt: order.expired_at ?? undefined,
    lines: items.map(toLine),
  };
}

function toLine(row: ItemRow): DetailLine {
  return {
    title: row.title,
    sku: row.sku,
    quantity: BigInt(row.quantity),
    unitPrice: BigInt(row.unit_price),
    lineTotal: BigInt(row.line_total),
    available: row.available === null ? undefined : BigInt(row.available),
  };
}
