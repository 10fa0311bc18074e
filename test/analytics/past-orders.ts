/** Orders of another time for tests: written as PlaceOrder and its successors would have left them, events and all. */
import type { Sequelize } from "sequelize";
import type { OrderStatus } from "../../src/domains/order/model.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";

export interface PastOrder {
  id: string;
  storeId: string;
  placedMs: number;
  status: OrderStatus;
  /** How many events it has. */
  version: number;
  /** Also where it was cancelled since. */
  wasSold: boolean;
  lines: { productId: string; title: string; quantity: number; unitPrice: number; discount: number }[];
}

export function totalOf({ lines }: Pick<PastOrder, "lines">): number {
  return lines.reduce((sum, { quantity, unitPrice, discount }) => sum + quantity * unitPrice - discount, 0);
}

export async function placePast(
  database: Sequelize,
  order: Omit<PastOrder, "id" | "version" | "wasSold">,
): Promise<PastOrder> {
  const { storeId, placedMs, status, lines } = order;
  const id = idOf(placedMs);
  const discount = lines.reduce((sum, line) => sum + line.discount, 0);
  const subtotal = totalOf(order) + discount;
  await runSql(
    database,
    `INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, discount, total, total_items, hold_expires_at)
     VALUES ($1, $2, $2, $2, $3, $4, $5, $4::bigint - $5::bigint, $6, CASE $3 WHEN 'PENDING' THEN now() + interval '1 hour' END)`,
    [storeId, id, status, subtotal, discount, lines.length],
  );
  for (const [index, line] of lines.entries()) {
    await runSql(
      database,
      `INSERT INTO orders.items (store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total, discount)
       VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $6::bigint * $7::bigint, $8)`,
      [storeId, id, index + 1, line.productId, line.title, line.quantity, line.unitPrice, line.discount],
    );
  }
  const placed = { ...order, id, version: 1, wasSold: status === "CONFIRMED" };
  await writeEvent(database, placed);
  return placed;
}

/** A step of its life, whichever: the tables are told, and so is `order`. */
export async function changePast(database: Sequelize, order: PastOrder, status: OrderStatus): Promise<void> {
  Object.assign(order, { status, version: order.version + 1, wasSold: order.wasSold || status === "CONFIRMED" });
  await runSql(database, "UPDATE orders.orders SET status = $2, version = $3 WHERE id = $1", [
    order.id,
    status,
    order.version,
  ]);
  await writeEvent(database, order);
}

async function writeEvent(database: Sequelize, { storeId, id, version, status }: PastOrder): Promise<void> {
  await runSql(
    database,
    "INSERT INTO orders.outbox (store_id, order_id, sequence, type) VALUES ($1, $2, $3, 'ORDER_' || $4)",
    [storeId, id, version, status],
  );
}

/** A new id, as if it had been made then. */
function idOf(ms: number): string {
  const hex = ms.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`;
}
