/** The siblings: what systems of this kind do, in SQL of our own. Nothing in the product can switch a lock off. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";

/** Pricing, promotions, whatever such a system does between reading and writing. */
const THINKING_MS = 3;

interface Wish {
  storeId: string;
  productId: string;
  quantity: number;
}

/** Reads the stock, compares, and writes back what it computed. */
export function placeWithoutLock(database: Sequelize, { storeId, productId, quantity }: Wish): Promise<string> {
  return withTransaction(database, async () => {
    const [row] = await runSql<{ quantity: string }>(
      database,
      "SELECT quantity FROM inventory.stock WHERE store_id = $1 AND product_id = $2",
      [storeId, productId],
    );
    const left = Number(row?.quantity ?? 0) - quantity;
    if (left < 0) return "REJECTED";
    await sleep(THINKING_MS);
    await runSql(database, "UPDATE inventory.stock SET quantity = $3 WHERE store_id = $1 AND product_id = $2", [
      storeId,
      productId,
      left,
    ]);
    return "CONFIRMED";
  });
}
