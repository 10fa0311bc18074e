/**
 * Stock that is changed by hand while it is sold. Goal: nothing is lost, nothing is made, nobody waits in a circle.
 * Method: racers start at one signal on a real server, and the ledger is held against the stock afterwards. Each race
 * has a sibling without the lock, or with locks in the order of the request, that goes wrong.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { deadlocks } from "../support/deadlocks.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { statusName } from "../support/order-status.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";
import { addWithoutLock, lockAsNamed, meeting } from "./changes-without-lock.ts";

let api: TestApi;
let buyer: Clients;
let admin: Clients;

test.before(async () => {
  api = await startTestApi();
  buyer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  admin = api.clients({ token: (await api.signUp("ADMIN")).token, transport: api.grpc });
});
test.after(() => api.stop());

test("restocking against orders: every unit that came in is sold or there", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  const outcomes = await race(120, async (index) => {
    if (index % 3 === 0) return admin.inventory.adjustStock({ ...key, delta: 1 }).then(() => "restocked");
    const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    return statusName(order?.status);
  });
  const { restocked = 0, CONFIRMED = 0 } = tally(outcomes);
  assert.is(restocked, 40);
  assert.ok(CONFIRMED >= 5 && CONFIRMED <= 45);
  assert.is(await shop.quantity("mug"), 45 - CONFIRMED);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("without the lock restocking forgets orders", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const shelf = { storeId: shop.storeId, productId: shop.products.mug };
  const together = meeting(2);
  await Promise.all([
    addWithoutLock(api.database, shelf, 10, together),
    addWithoutLock(api.database, shelf, -5, together),
  ]);
  assert.is.not(await shop.quantity("mug"), 10);
});

test("ten who count the same shelf and set it from what they saw: one of them does, whatever is sold meanwhile", async () => {
  const shop = await shopWith(api, { mug: 10 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  const outcomes = await race(10, async (index) => {
    const call = admin.inventory.setStock({ ...key, quantity: 100 + index, expectedQuantity: 10 });
    return call.then(
      () => "set",
      () => reasonOf(call),
    );
  });
  assert.equal(tally(outcomes), { set: 1, STALE_QUANTITY: 9 });
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("fifty takings of the last ten by hand and by order at once never go below zero", async () => {
  const shop = await shopWith(api, { mug: 10 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  const outcomes = await race(50, async (index) => {
    if (index % 2 === 0) {
      const call = admin.inventory.adjustStock({ ...key, delta: -1 });
      return call.then(
        () => "taken",
        () => reasonOf(call),
      );
    }
    const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    return order?.status === OrderStatus.CONFIRMED ? "taken" : "none left";
  });
  assert.is(tally(outcomes)["taken"], 10);
  assert.is(await shop.quantity("mug"), 0);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("transfers against orders and against each other, crossed: no unit is lost or made, and none deadlocks", async () => {
  const north = await shopWith(api, { mug: 60 });
  const south = await shopWith(api, { other: 0 });
  const productId = north.products.mug;
  await admin.inventory.setStock({ storeId: south.storeId, productId, quantity: 60 });
  const before = await deadlocks(api.database);
  const outcomes = await race(150, async (index) => {
    const [from, to] = index % 2 === 0 ? [north, south] : [south, north];
    if (index % 3 !== 0) {
      const call = admin.inventory.transferStock({
        fromStoreId: from.storeId,
        toStoreId: to.storeId,
        productId,
        quantity: 1 + (index % 5),
      });
      return call.then(
        () => "moved",
        () => reasonOf(call),
      );
    }
    const { order } = await buyer.order.placeOrder({ storeId: from.storeId, items: [{ productId, quantity: 2 }] });
    return statusName(order?.status);
  });
  const { CONFIRMED = 0, moved = 0, INSUFFICIENT_STOCK = 0 } = tally(outcomes);
  assert.is(moved + INSUFFICIENT_STOCK, 100);
  const { totalQuantity } = await buyer.inventory.getStock({ productId });
  assert.is(totalQuantity, 120 - 2 * CONFIRMED);
  for (const store of [north, south]) assert.equal(await brokenInvariants(api.database, store), []);
  assert.is((await deadlocks(api.database)) - before, 0);
});

test("locked in the order of the request, crossed transfers deadlock", async () => {
  const north = await shopWith(api, { mug: 1, cup: 1 });
  const [first, second] = [north.products.mug, north.products.cup].map((productId) => ({
    storeId: north.storeId,
    productId,
  }));
  if (first === undefined || second === undefined) throw new Error("two shelves");
  const together = meeting(2);
  const ends = await Promise.all([
    lockAsNamed(api.database, [first, second], together),
    lockAsNamed(api.database, [second, first], together),
  ]);
  assert.equal(ends.toSorted(), ["", "40P01"]);
});

test("without the lock a transfer against an order makes units out of nothing", async () => {
  const north = await shopWith(api, { mug: 10 });
  const shelf = { storeId: north.storeId, productId: north.products.mug };
  const together = meeting(2);
  await Promise.all([
    addWithoutLock(api.database, shelf, -4, together),
    addWithoutLock(api.database, shelf, -6, together),
  ]);
  assert.ok((await north.quantity("mug")) > 0);
});

test("an order or the deletion of its empty store: one of the two, never an order without a store", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  for (let round = 0; round < 15; round++) {
    const { store } = await admin.inventory.createStore({ store: { name: `Short-lived ${round}` } });
    const id = store?.id ?? "";
    const order = buyer.order.placeOrder({ storeId: id, items: [{ productId: products.mug, quantity: 1 }] });
    const deletion = admin.inventory.deleteStore({ id });
    const [placed, deleted] = await Promise.all([
      order.then(
        () => "REJECTED",
        () => reasonOf(order),
      ),
      deletion.then(
        () => "deleted",
        () => reasonOf(deletion),
      ),
    ]);
    assert.ok(
      ["REJECTED STORE_IN_USE", "STORE_NOT_FOUND deleted"].includes(`${placed} ${deleted}`),
      `${placed} ${deleted}`,
    );
  }
});

test.run();
