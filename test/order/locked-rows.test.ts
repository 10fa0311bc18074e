/**
 * A row that somebody else has locked: orders that need it wait, nobody else does, and all are placed in the end.
 *
 * Method: a transaction of the test's own locks a row and keeps it. Orders that need the row come before and among
 * orders that do not; the others must be answered while the row is still locked.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { lockWaits, type RowLock, stockRow, whileLocked } from "../support/locked-rows.ts";
import { makePromotion } from "../support/promotion.ts";
import { race } from "../support/race.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

/** More than there are lanes, and more than a pool has connections. */
const STUCK = 12;
const OTHERS = 40;

const holder = openDatabase({ url: process.env["TEST_DATABASE_OWNER_URL"] ?? "", pool: 1, name: "test holder" });
let api: TestApi;
let buyer: TestUser;

test.before(async () => {
  api = await startTestApi();
  buyer = await api.signUp("CUSTOMER");
});
test.after(async () => {
  await api.stop();
  await holder.close();
});

type Status = OrderStatus | undefined;

function placing(shop: Shop<"mug" | "cup">, promoCode = "") {
  const { order } = api.clients({ token: buyer.token });
  return async (wish: Partial<Record<"mug" | "cup", number>>): Promise<Status> =>
    (
      await order.placeOrder({
        storeId: shop.storeId,
        items: shop.items(wish),
        promoCode: wish.mug === undefined ? "" : promoCode,
      })
    ).order?.status;
}

/** Orders that need the row are sent first and stay open; the others are all answered meanwhile. */
async function onlyTheyWait(
  lock: RowLock,
  stuckOnes: () => Promise<Status>,
  others: () => Promise<Status>,
): Promise<Status[]> {
  let answered = 0;
  let stuck: Promise<Status>[] = [];
  await whileLocked(holder, lock, async () => {
    stuck = Array.from({ length: STUCK }, () => stuckOnes().finally(() => answered++));
    for (const status of await race(OTHERS, others)) assert.is(status, OrderStatus.CONFIRMED);
    for (let one = 0; one < OTHERS / 4; one++) assert.is(await others(), OrderStatus.CONFIRMED);
    assert.is(answered, 0, "those that need the row have waited");
  });
  return Promise.all(stuck);
}

const allConfirmed = Array.from({ length: STUCK }, () => OrderStatus.CONFIRMED);

test("while a stock row is locked, orders of other products go on; those that need it are placed once it is free", async () => {
  const shop = await shopWith(api, { mug: 100, cup: 1_000 });
  const place = placing(shop);
  const lock = stockRow(shop, shop.products.mug);
  assert.equal(
    await onlyTheyWait(
      lock,
      () => place({ mug: 1 }),
      () => place({ cup: 1 }),
    ),
    allConfirmed,
  );
  assert.is(await shop.quantity("mug"), 100 - STUCK);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("an order of two products waits for the locked one without keeping the other one from anybody", async () => {
  const shop = await shopWith(api, { mug: 100, cup: 1_000 });
  const place = placing(shop);
  const lock = stockRow(shop, shop.products.mug);
  assert.equal(
    await onlyTheyWait(
      lock,
      () => place({ mug: 1, cup: 1 }),
      () => place({ cup: 1 }),
    ),
    allConfirmed,
  );
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("while a promotion's row is locked, orders without its code go on, of the same products too", async () => {
  const shop = await shopWith(api, { mug: 100, cup: 1_000 });
  const { code } = await makePromotion(api, { fixedAmount: 10 });
  const place = placing(shop, code);
  const lock = { sql: "SELECT FROM orders.promotions WHERE code = $1 FOR UPDATE", bind: [code] };
  assert.equal(
    await onlyTheyWait(
      lock,
      () => place({ mug: 1, cup: 1 }),
      () => place({ cup: 1 }),
    ),
    allConfirmed,
  );
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("while a store's row is locked against its orders, those of other stores go on", async () => {
  const [shop, other] = [await shopWith(api, { mug: 100, cup: 100 }), await shopWith(api, { mug: 1_000, cup: 1_000 })];
  const [place, placeThere] = [placing(shop), placing(other)];
  const lock = { sql: "SELECT FROM inventory.stores WHERE id = $1 FOR UPDATE", bind: [shop.storeId] };
  assert.equal(
    await onlyTheyWait(
      lock,
      () => place({ mug: 1 }),
      () => placeThere({ cup: 1 }),
    ),
    allConfirmed,
  );
});

test("while a cart is locked, its checkout waits, and other people's checkouts go on", async () => {
  const shop = await shopWith(api, { mug: 1_000, cup: 100 });
  const checkOut = async (who: TestUser): Promise<Status> => {
    const { cart } = api.clients({ token: who.token });
    await cart.addCartItem(shop.items({ mug: 1 })[0] ?? {});
    return (await cart.checkoutCart({ storeId: shop.storeId })).order?.status;
  };
  const [locked, free] = [await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER")];
  const { cart } = api.clients({ token: locked.token });
  await cart.addCartItem(shop.items({ cup: 1 })[0] ?? {});
  let answered = false;
  let waiting: Promise<unknown> = Promise.resolve();
  await whileLocked(
    holder,
    { sql: "SELECT FROM carts.carts WHERE user_id = $1 FOR UPDATE", bind: [locked.id] },
    async () => {
      waiting = cart.checkoutCart({ storeId: shop.storeId }).then(({ order }) => ((answered = true), order?.status));
      for (let one = 0; one < 5; one++) assert.is(await checkOut(free), OrderStatus.CONFIRMED);
      assert.is(answered, false);
    },
  );
  assert.is(await waiting, OrderStatus.CONFIRMED);
});

test("what is in a cart waits for its locked product, without keeping another product from anybody", async () => {
  const shop = await shopWith(api, { mug: 100, cup: 1_000 });
  const shopper = await api.signUp("CUSTOMER");
  const { cart } = api.clients({ token: shopper.token });
  for (const item of shop.items({ mug: 1, cup: 1 })) await cart.addCartItem(item);
  const place = placing(shop);
  let waiting: Promise<unknown> = Promise.resolve();
  await whileLocked(holder, stockRow(shop, shop.products.mug), async () => {
    waiting = cart.checkoutCart({ storeId: shop.storeId }).then(({ order }) => order?.status);
    for (const status of await race(OTHERS, () => place({ cup: 1 }))) assert.is(status, OrderStatus.CONFIRMED);
  });
  assert.is(await waiting, OrderStatus.CONFIRMED);
  assert.equal((await cart.getCart({})).cart?.items, []);
});

test("a batch that waits holds no lock while it does", async () => {
  const shop = await shopWith(api, { mug: 100, cup: 1_000 });
  const place = placing(shop);
  let waiting: Promise<Status> = Promise.resolve(undefined);
  await whileLocked(holder, stockRow(shop, shop.products.mug), async () => {
    waiting = place({ mug: 1, cup: 1 });
    await until("the order waits for the lock", async () => (await lockWaits(api.database)) === 1);
    await until("it does not any more", async () => (await lockWaits(api.database)) === 0);
    await runSql(
      api.database,
      "SELECT FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE NOWAIT",
      [shop.storeId, shop.products.cup],
    );
  });
  assert.is(await waiting, OrderStatus.CONFIRMED);
});

test.run();
