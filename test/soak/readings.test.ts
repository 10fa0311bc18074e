/** Readings in mid-run have teeth: what is put wrong in the tables behind the product's back is told by the next one. */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { placementsOn } from "../support/order-repositories.ts";
import { makePromotion } from "../support/promotion.ts";
import { type Shop, shopIn } from "../support/shop.ts";
import { startReadings } from "./readings.ts";

let database: Sequelize;
let shop: Shop<"mug">;
let orderId: string;
test.before(async () => {
  database = openDatabase({ url: process.env["TEST_DATABASE_OWNER_URL"] ?? "", pool: 3, name: "test" });
  shop = await shopIn(database, { mug: 5 });
  const { code } = await makePromotion({ database }, { percent: 10, usageLimitPerUser: 1 });
  const userId = newId();
  const lines = [{ productId: shop.products.mug, quantity: 2 }];
  const wish = { storeId: shop.storeId, userId, placedBy: userId, lines, promoCode: code, holdMs: undefined };
  orderId = (await placementsOn(database).place({ wish, claim: undefined }, {})).order?.id ?? "";
});
test.after(() => database.close());

async function told(acknowledged = [orderId]): Promise<string> {
  const readings = startReadings({ database, storeIds: [shop.storeId], acknowledged });
  await readings.stop();
  return readings.broken().join("\n");
}

const wrongs: [name: string, wrong: string, right: string, sentence: RegExp][] = [
  [
    "more is in stock than the ledger says",
    "UPDATE inventory.stock SET quantity = quantity + 1",
    "UPDATE inventory.stock SET quantity = quantity - 1",
    /4 in stock and 0 reserved, 3 and 0 by the ledger/,
  ],
  [
    "stock is reserved for nobody",
    "UPDATE inventory.stock SET reserved = 1",
    "UPDATE inventory.stock SET reserved = 0",
    /1 reserved/,
  ],
  [
    "an order's event is missing",
    "UPDATE orders.outbox SET sequence = 2",
    "UPDATE orders.outbox SET sequence = 1",
    /in version 1, and its events are/,
  ],
  [
    "an order is where no event led",
    "UPDATE orders.orders SET status = 'SHIPPED'",
    "UPDATE orders.orders SET status = 'CONFIRMED'",
    /is SHIPPED in version 1/,
  ],
  [
    "an order has taken less than it sold",
    "UPDATE orders.items SET quantity = 3, line_total = 3 * unit_price",
    "UPDATE orders.items SET quantity = 2, line_total = 2 * unit_price",
    /CONFIRMED order .* took 2 and reserved 0 by the ledger/,
  ],
  [
    "a cancelled order keeps its stock",
    "UPDATE orders.orders SET status = 'CANCELLED'",
    "UPDATE orders.orders SET status = 'CONFIRMED'",
    /CANCELLED order .* took 2/,
  ],
  [
    "a cancelled order keeps its use of a promotion",
    "UPDATE orders.orders SET status = 'CANCELLED'",
    "UPDATE orders.orders SET status = 'CONFIRMED'",
    /CANCELLED order .* has 1 uses/,
  ],
  [
    "a promotion counts a use too many",
    "UPDATE orders.promotions SET redeemed_count = 2",
    "UPDATE orders.promotions SET redeemed_count = 1",
    /counts 2 uses/,
  ],
];

test("a shop that is as it should be is told as such", async () => {
  assert.is(await told(), "");
});

for (const [name, wrong, right, sentence] of wrongs) {
  test(`it is told when ${name}`, async () => {
    await runSql(database, wrong);
    assert.match(await told(), sentence);
    await runSql(database, right);
    assert.is(await told(), "");
  });
}

test("it is told when an order that was acknowledged is missing", async () => {
  const missing = newId();
  assert.is(await told([orderId, missing]), `order ${missing} was acknowledged, and is missing in a reading`);
});

test.run();
