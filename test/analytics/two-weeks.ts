/** Two weeks of orders in three stores, of every status, for tests that hold figures against the tables. */
import type { Sequelize } from "sequelize";
import type { OrderStatus } from "../../src/domains/order/model.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { shopIn } from "../support/shop.ts";
import { changePast, placePast } from "./past-orders.ts";

const HOUR_MS = 3_600_000;
const HOURS = 14 * 24;
/** What becomes of every seventh order, from its placing on. */
const LIVES: OrderStatus[][] = [
  ["CONFIRMED"],
  ["CONFIRMED", "SHIPPED"],
  ["REJECTED"],
  ["PENDING"],
  ["CONFIRMED", "SHIPPED", "DELIVERED"],
  ["PENDING", "CANCELLED"],
  ["CONFIRMED", "CANCELLED"],
];

/** One order each two hours, the last one a minute before `nowMs`. @returns the stores */
export async function placeTwoWeeks(database: Sequelize, nowMs: number): Promise<{ storeId: string; name: string }[]> {
  const shops = [await shopIn(database, STOCK), await shopIn(database, STOCK), await shopIn(database, STOCK)];
  const lowOf = [0, 5, 10];
  for (const [index, { storeId }] of shops.entries()) {
    await runSql(database, "UPDATE inventory.stores SET name = $2, low_stock_threshold = $3 WHERE id = $1", [
      storeId,
      NAMES[index],
      lowOf[index],
    ]);
  }
  for (let hour = 0, n = 0; hour < HOURS; hour += 2, n++) {
    const shop = shops[n % shops.length];
    const [first = "CONFIRMED", ...later] = LIVES[n % LIVES.length] ?? [];
    if (shop === undefined) continue;
    const line = { productId: shop.products.mug, title: "mug", quantity: 1 + (n % 4), unitPrice: 250, discount: n % 3 };
    const placed = { storeId: shop.storeId, placedMs: nowMs - 60_000 - hour * HOUR_MS, status: first, lines: [line] };
    const order = await placePast(database, placed);
    for (const status of later) await changePast(database, order, status);
  }
  return shops.map(({ storeId }, index) => ({ storeId, name: NAMES[index] ?? "" }));
}

const NAMES = ["Market Street", "Harbour", "Old Town"];
const STOCK = { mug: 100, jug: 0, cup: 4, pot: 9 };
