/**
 * The siblings of the races about changes: what systems do that read, decide and write without a lock.
 *
 * Each is told by `together` when the others have read too, so that what goes wrong now and then goes wrong each time.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";

/** Waits until `count` have come. */
export function meeting(count: number): () => Promise<void> {
  let missing = count;
  const all = Promise.withResolvers<void>();
  return () => {
    missing -= 1;
    if (missing === 0) all.resolve();
    return all.promise;
  };
}

interface Change {
  orderId: string;
  from: string;
  to: string;
  /** What the change adds to the order's stock, a unit: to the quantity and to what is reserved. */
  quantity: number;
  reserved: number;
}

/** Reads the order's status, compares, and writes status and stock. @returns whether it believes to have won */
export async function changeWithoutLock(
  database: Sequelize,
  change: Change,
  together: () => Promise<void>,
): Promise<boolean> {
  const [order] = await runSql<{ status: string }>(database, "SELECT status FROM orders.orders WHERE id = $1", [
    change.orderId,
  ]);
  await together();
  if (order?.status !== change.from) return false;
  const reason = change.to === "CANCELLED" ? "REQUESTED" : null;
  await runSql(database, "UPDATE orders.orders SET status = $2, cancel_reason = $3 WHERE id = $1", [
    change.orderId,
    change.to,
    reason,
  ]);
  await runSql(
    database,
    `UPDATE inventory.stock s SET quantity = s.quantity + $2 * i.quantity, reserved = greatest(0, s.reserved + $3 * i.quantity)
     FROM orders.items i WHERE i.order_id = $1 AND i.store_id = s.store_id AND i.product_id = s.product_id`,
    [change.orderId, change.quantity, change.reserved],
  );
  return true;
}

interface Shelf {
  storeId: string;
  productId: string;
}

/** Reads a quantity, and writes back the sum that it computed. */
export async function addWithoutLock(
  database: Sequelize,
  { storeId, productId }: Shelf,
  delta: number,
  together: () => Promise<void>,
): Promise<void> {
  const [row] = await runSql<{ quantity: string }>(
    database,
    "SELECT quantity FROM inventory.stock WHERE store_id = $1 AND product_id = $2",
    [storeId, productId],
  );
  await together();
  await runSql(database, "UPDATE inventory.stock SET quantity = $3 WHERE store_id = $1 AND product_id = $2", [
    storeId,
    productId,
    Number(row?.quantity) + delta,
  ]);
}

/** Locks two shelves in the order in which they are named. @returns the SQLSTATE of its end, "" for a good one */
export async function lockAsNamed(
  database: Sequelize,
  shelves: Shelf[],
  together: () => Promise<void>,
): Promise<string> {
  const transaction = await database.transaction();
  const lock = ({ storeId, productId }: Shelf) =>
    database.query("SELECT FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE", {
      bind: [storeId, productId],
      transaction,
    });
  try {
    for (const [index, shelf] of shelves.entries()) {
      await lock(shelf);
      if (index === 0) await together();
    }
    await transaction.commit();
    return "";
  } catch (error) {
    await transaction.rollback();
    return String(Reflect.get(Object(Reflect.get(Object(error), "parent")), "code"));
  }
}
