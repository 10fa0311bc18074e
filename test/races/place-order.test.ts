/**
 * The last units under a crowd. Goal: a store never sells what it does not have, whoever calls by whatever protocol.
 * Method: racers start at one signal on a real server; afterwards the answers, the stock and the ledger must agree.
 * Each race has a sibling without the lock, its SQL here, that oversells: that shows the race has teeth.
 */
import type { Transport } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { deadlocks } from "../support/deadlocks.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { race, tally } from "../support/race.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { placeWithoutLock } from "./without-lock.ts";

const statusName = new Map<number, string>(Object.entries(OrderStatus).map(([name, number]) => [number, name]));

let api: TestApi;
let buyer: TestUser;

test.before(async () => {
  api = await startTestApi();
  buyer = await api.signUp("CUSTOMER");
});
test.after(() => api.stop());

async function place<Name extends string>(
  shop: Shop<Name>,
  wish: Partial<Record<Name, number>>,
  transport?: Transport,
): Promise<string> {
  const { order } = api.clients({ token: buyer.token, transport });
  const answer = await order.placeOrder({ storeId: shop.storeId, items: shop.items(wish) });
  return statusName.get(answer.order?.status ?? 0) ?? "";
}

for (const protocol of ["connect", "grpc"] as const) {
  test(`200 buyers race for 20 units by ${protocol}: 20 are confirmed, 180 rejected, none is left`, async () => {
    const shop = await shopWith(api, { mug: 20 });
    const outcomes = await race(200, () => place(shop, { mug: 1 }, api[protocol]));
    assert.equal(tally(outcomes), { CONFIRMED: 20, REJECTED: 180 });
    assert.is(await shop.quantity("mug"), 0);
    assert.equal(await brokenInvariants(api.database, shop), []);
  });
}

test("without the lock the same race oversells", async () => {
  const shop = await shopWith(api, { mug: 20 });
  const outcomes = await race(200, () =>
    placeWithoutLock(api.database, { storeId: shop.storeId, productId: shop.products.mug, quantity: 1 }),
  );
  const confirmed = tally(outcomes)["CONFIRMED"] ?? 0;
  assert.ok(confirmed > 20, `${confirmed} confirmed for 20 units`);
});

test("fifty buyers race for the last unit: one order is confirmed, forty-nine are rejected", async () => {
  const shop = await shopWith(api, { mug: 1 });
  const outcomes = await race(50, () => place(shop, { mug: 1 }));
  assert.equal(tally(outcomes), { CONFIRMED: 1, REJECTED: 49 });
  assert.is(await shop.quantity("mug"), 0);
});

test("orders that name two products in opposite order never deadlock", async () => {
  const shop = await shopWith(api, { mug: 1_000, cup: 1_000 });
  const { mug, cup } = shop.products;
  const { order } = api.clients({ token: buyer.token });
  const crossed = [
    [mug, cup],
    [cup, mug],
  ];
  const outcomes = await race(300, async (index) => {
    const items = (crossed[index % 2] ?? []).map((productId) => ({ productId, quantity: 1 }));
    return (await order.placeOrder({ storeId: shop.storeId, items })).order?.status ?? 0;
  });
  assert.equal(tally(outcomes.map(String)), { [OrderStatus.CONFIRMED]: 300 });
  assert.is(await shop.quantity("mug"), 700);
  assert.is(await shop.quantity("cup"), 700);
  assert.equal(await deadlocks(api.database), 0);
});

test("orders that name six products in any order never deadlock", async () => {
  const names = ["a", "b", "c", "d", "e", "f"] as const;
  const shop = await shopWith(api, { a: 500, b: 500, c: 500, d: 500, e: 500, f: 500 });
  const { order } = api.clients({ token: buyer.token, transport: api.grpc });
  const outcomes = await race(200, async (index) => {
    const turned = names.map((_, place) => names[(place * 5 + index) % names.length] ?? "a");
    const items = turned.map((name) => ({ productId: shop.products[name], quantity: 1 }));
    return (await order.placeOrder({ storeId: shop.storeId, items })).order?.status ?? 0;
  });
  assert.equal(tally(outcomes.map(String)), { [OrderStatus.CONFIRMED]: 200 });
  assert.equal(await deadlocks(api.database), 0);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("random quantities: what is confirmed is what is gone, and nothing that fits is left out at the end", async () => {
  const shop = await shopWith(api, { mug: 300 });
  const wishes = Array.from({ length: 120 }, () => 1 + Math.floor(Math.random() * 9));
  const outcomes = await race(wishes.length, (index) =>
    place(shop, { mug: wishes[index] ?? 1 }, index % 2 === 0 ? api.grpc : api.connect),
  );
  const sold = wishes.reduce((sum, quantity, index) => (outcomes[index] === "CONFIRMED" ? sum + quantity : sum), 0);
  const left = await shop.quantity("mug");
  assert.is(sold + left, 300);
  const rejected = wishes.filter((_, index) => outcomes[index] === "REJECTED");
  assert.ok(
    rejected.every((quantity) => quantity > left),
    `${left} left, rejected ${rejected.join(" ")}`,
  );
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("buyers at two processes race for 20 units: 20 are confirmed, and crossed products never deadlock", async () => {
  const other = await startTestApi();
  try {
    const shop = await shopWith(api, { mug: 20, cup: 1_000 });
    const transports = [api.grpc, other.grpc];
    const outcomes = await race(200, async (index) => {
      const { order } = api.clients({ token: buyer.token, transport: transports[index % 2] });
      const items = index % 3 === 0 ? shop.items({ mug: 1, cup: 1 }) : shop.items({ mug: 1, cup: 1 }).toReversed();
      return statusName.get((await order.placeOrder({ storeId: shop.storeId, items })).order?.status ?? 0) ?? "";
    });
    assert.equal(tally(outcomes), { CONFIRMED: 20, REJECTED: 180 });
    assert.equal([await shop.quantity("mug"), await shop.quantity("cup")], [0, 980]);
    assert.is(await deadlocks(api.database), 0);
    assert.equal(await brokenInvariants(api.database, shop), []);
  } finally {
    await other.stop();
  }
});

test("the same request_id fifty times at once is one order and fifty equal answers", async () => {
  const shop = await shopWith(api, { mug: 100 });
  const { order } = api.clients({ token: buyer.token });
  const request = { storeId: shop.storeId, items: shop.items({ mug: 2 }), requestId: crypto.randomUUID() };
  const answers = await race(50, () => order.placeOrder(request));
  assert.is(new Set(answers.map((answer) => answer.order?.id)).size, 1);
  assert.is(await shop.quantity("mug"), 98);
});

test.run();
