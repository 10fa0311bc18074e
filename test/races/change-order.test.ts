/**
 * Changes of one order that come at once. Goal: one of them wins, and what it gives back it gives back once.
 * Method: racers start at one signal on a real server; afterwards answers, stock, ledger and events must agree. Each
 * race has a sibling without the lock, whose own SQL goes wrong: that shows the race has teeth.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { ChangeWriter } from "../../src/domains/order/change/change-writer.ts";
import { endHolds } from "../../src/domains/order/change/expire-holds.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { deadlocks } from "../support/deadlocks.ts";
import { log } from "../support/environment.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { changeWriterOn } from "../support/order-repositories.ts";
import { statusName } from "../support/order-status.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { changeWithoutLock, meeting } from "./changes-without-lock.ts";

let api: TestApi;
let buyer: Clients;
let admin: Clients;
let writer: ChangeWriter;

test.before(async () => {
  api = await startTestApi();
  buyer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  admin = api.clients({ token: (await api.signUp("ADMIN")).token, transport: api.grpc });
  writer = changeWriterOn(api.database);
});
test.after(() => api.stop());

const HOLD = { seconds: 600n, nanos: 0 };
const RESTOCK = { from: "CONFIRMED", to: "CANCELLED", quantity: 1, reserved: 0 };
const RELEASE = { from: "PENDING", to: "CANCELLED", quantity: 1, reserved: -1 };
const SELL_RESERVED = { from: "PENDING", to: "CONFIRMED", quantity: 0, reserved: -1 };

async function place(shop: Shop<"mug">, more: { hold?: typeof HOLD; promoCode?: string } = {}): Promise<string> {
  const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 3 }), ...more });
  return order?.id ?? "";
}

/** "won", or the reason why not. */
async function outcome(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => "won",
    () => reasonOf(call),
  );
}

async function statusOf(id: string): Promise<string> {
  const { order } = await admin.order.getOrder({ id });
  return statusName(order?.status);
}

for (const hold of [undefined, HOLD]) {
  const what = hold === undefined ? "a sale" : "a hold";
  test(`${what} that is cancelled ten times at once gives back once`, async () => {
    const shop = await shopWith(api, { mug: 10 });
    const id = await place(shop, hold === undefined ? {} : { hold });
    const outcomes = await race(10, (index) => outcome((index % 2 === 0 ? buyer : admin).order.cancelOrder({ id })));
    assert.equal(tally(outcomes), { won: 1, WRONG_ORDER_STATUS: 9 });
    assert.is(await shop.quantity("mug"), 10);
    assert.equal(await brokenInvariants(api.database, shop), []);
  });
}

test("without the lock ten cancellations give back ten times", async () => {
  const shop = await shopWith(api, { mug: 10 });
  const orderId = await place(shop);
  const together = meeting(10);
  const believed = await race(10, () => changeWithoutLock(api.database, { orderId, ...RESTOCK }, together));
  assert.is(believed.filter(Boolean).length, 10);
  assert.is(await shop.quantity("mug"), 37);
});

test("a cancellation against a shipment: one wins, and the stock is where the winner says", async () => {
  for (let round = 0; round < 15; round++) {
    const shop = await shopWith(api, { mug: 10 });
    const id = await place(shop);
    const [cancel, ship] = await Promise.all([
      outcome(buyer.order.cancelOrder({ id })),
      outcome(admin.order.shipOrder({ id })),
    ]);
    assert.equal([cancel, ship].toSorted(), ["WRONG_ORDER_STATUS", "won"]);
    assert.is(await statusOf(id), cancel === "won" ? "CANCELLED" : "SHIPPED");
    assert.is(await shop.quantity("mug"), cancel === "won" ? 10 : 7);
    assert.equal(await brokenInvariants(api.database, shop), []);
  }
});

test("without the lock an order is both cancelled and shipped", async () => {
  const shop = await shopWith(api, { mug: 10 });
  const orderId = await place(shop);
  const together = meeting(2);
  const both = await Promise.all([
    changeWithoutLock(api.database, { orderId, ...RESTOCK }, together),
    changeWithoutLock(api.database, { orderId, from: "CONFIRMED", to: "SHIPPED", quantity: 0, reserved: 0 }, together),
  ]);
  assert.equal(both, [true, true]);
});

test("five confirmations at once confirm once and take once", async () => {
  const shop = await shopWith(api, { mug: 10 });
  const id = await place(shop, { hold: HOLD });
  const outcomes = await race(5, () => outcome(buyer.order.confirmOrder({ id })));
  assert.equal(tally(outcomes), { won: 1, WRONG_ORDER_STATUS: 4 });
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a hold's end against its confirmation: one wins, whichever comes first", async () => {
  const wins: string[] = [];
  for (let round = 0; round < 20; round++) {
    const shop = await shopWith(api, { mug: 10 });
    const id = await place(shop, { hold: HOLD });
    await runSql(
      api.database,
      "UPDATE orders.orders SET hold_expires_at = clock_timestamp() + $2 * interval '1 ms' WHERE id = $1",
      [id, round % 10],
    );
    const [confirm] = await Promise.all([
      outcome(buyer.order.confirmOrder({ id })),
      ...Array.from({ length: 3 }, () => endHolds({ database: api.database, writer, log })),
    ]);
    await runSql(api.database, "SELECT pg_sleep(0.01)");
    await endHolds({ database: api.database, writer, log });
    assert.is(await statusOf(id), confirm === "won" ? "CONFIRMED" : "CANCELLED");
    assert.is(await shop.quantity("mug"), confirm === "won" ? 7 : 10);
    assert.equal(await brokenInvariants(api.database, shop), []);
    wins.push(confirm);
  }
  assert.ok(
    wins.every((win) => ["won", "HOLD_EXPIRED", "WRONG_ORDER_STATUS"].includes(win)),
    wins.join(),
  );
});

test("without the lock a hold both ends and is confirmed, and its stock is sold and for sale", async () => {
  const shop = await shopWith(api, { mug: 10 });
  const orderId = await place(shop, { hold: HOLD });
  const together = meeting(2);
  const both = await Promise.all([
    changeWithoutLock(api.database, { orderId, ...SELL_RESERVED }, together),
    changeWithoutLock(api.database, { orderId, ...RELEASE }, together),
  ]);
  assert.equal(both, [true, true]);
  assert.is(await shop.quantity("mug"), 10);
});

test("four workers end two hundred holds, each once", async () => {
  const shop = await shopWith(api, { mug: 1_000 });
  const held = await race(200, () => place(shop, { hold: HOLD }));
  await runSql(api.database, "UPDATE orders.orders SET hold_expires_at = now() - interval '1 s' WHERE store_id = $1", [
    shop.storeId,
  ]);
  const counts = await race(4, async () => {
    let ended = 0;
    for (let count = -1; count !== 0; ended += Math.max(count, 0))
      count = await endHolds({ database: api.database, writer, log }, 7);
    return ended;
  });
  assert.is(
    counts.reduce((sum, count) => sum + count, 0),
    held.length,
  );
  assert.is(await shop.quantity("mug"), 1_000);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a one-use code goes from hand to hand while its orders are cancelled: never used twice, never lost", async () => {
  const shop = await shopWith(api, { mug: 1_000 }, 1_000);
  const id = newId();
  const promoCode = `HAND${id.slice(-8)}`;
  await runSql(
    api.database,
    "INSERT INTO orders.promotions (id, code, fixed_amount, usage_limit) VALUES ($1, $2, 100, 1)",
    [id, promoCode],
  );
  const outcomes = await race(40, async () => {
    const placed = place(shop, { promoCode });
    const result = await outcome(placed);
    if (result === "won") await buyer.order.cancelOrder({ id: await placed });
    return result;
  });
  assert.ok((tally(outcomes)["won"] ?? 0) >= 1, JSON.stringify(tally(outcomes)));
  const [row] = await runSql<{ redeemed_count: number; uses: string }>(
    api.database,
    "SELECT redeemed_count, (SELECT count(*) FROM orders.redemptions r WHERE r.promotion_id = p.id) AS uses FROM orders.promotions p WHERE id = $1",
    [id],
  );
  assert.equal(row, { redeemed_count: 0, uses: "0" });
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("placing, confirming, cancelling, shipping and the end of holds, on the same products at once, never deadlock", async () => {
  const names = ["a", "b", "c", "d"] as const;
  const shop = await shopWith(api, { a: 400, b: 400, c: 400, d: 400 });
  const promotionId = newId();
  const promoCode = `MIX${promotionId.slice(-8)}`;
  await runSql(api.database, "INSERT INTO orders.promotions (id, code, fixed_amount) VALUES ($1, $2, 1)", [
    promotionId,
    promoCode,
  ]);
  const before = await deadlocks(api.database);
  let running = true;
  const watched = (async () => {
    const broken: string[] = [];
    while (running) broken.push(...(await brokenInvariants(api.database, shop)));
    return broken;
  })();
  await race(120, async (index) => {
    const turned = names.map((_, place) => names[(place * 3 + index) % 4] ?? "a");
    const items = turned.map((name) => ({ productId: shop.products[name], quantity: 1 + (index % 2) }));
    const { order } = await buyer.order.placeOrder({
      storeId: shop.storeId,
      items,
      promoCode,
      ...(index % 3 === 0 ? { hold: HOLD } : {}),
    });
    const id = order?.id ?? "";
    if (index % 6 === 0) {
      await runSql(
        api.database,
        "UPDATE orders.orders SET hold_expires_at = now() WHERE id = $1 AND status = 'PENDING'",
        [id],
      );
      await endHolds({ database: api.database, writer, log });
    }
    await Promise.all([
      outcome(buyer.order.confirmOrder({ id })),
      outcome(buyer.order.cancelOrder({ id })),
      outcome(admin.order.shipOrder({ id })),
    ]);
  });
  running = false;
  assert.equal(await watched, []);
  assert.equal(await brokenInvariants(api.database, shop), []);
  assert.is((await deadlocks(api.database)) - before, 0);
});

test.run();
