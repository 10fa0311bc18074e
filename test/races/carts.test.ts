/**
 * Carts under a crowd. Goal: adds from several devices sum, and a cart that is sent many times is ordered once.
 * Method: racers of one user start at one signal on a real server; afterwards the cart, the orders and the stock must
 * agree. The siblings without the lock, their SQL here, lose adds and order twice: that shows the races have teeth.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { deadlocks } from "../support/deadlocks.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { makePromotion, usesOf } from "../support/promotion.ts";
import { meeting, race, tally } from "../support/race.ts";
import { refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

let api: TestApi;
let second: TestApi;
let buyer: TestUser;
let client: Clients;

test.before(async () => {
  [api, second] = [await startTestApi(), await startTestApi()];
});
test.before.each(async () => {
  buyer = await api.signUp("CUSTOMER");
  client = api.clients({ token: buyer.token });
});
test.after(async () => {
  await Promise.all([api.stop(), second.stop()]);
});

/** The buyer's client on one of the two servers, by one of the two protocols. */
function device(index: number): Clients {
  const server = index % 2 === 0 ? api : second;
  return server.clients({ token: buyer.token, transport: index % 3 === 0 ? server.grpc : server.connect });
}

async function inCart(): Promise<[string, number][]> {
  return ((await client.cart.getCart({})).cart?.items ?? []).map(({ title, quantity }) => [title, quantity]);
}

/** The order's id, or why there is none. */
async function checkout(shop: Shop<string>, devices: Clients, promoCode = ""): Promise<string> {
  const sent = devices.cart.checkoutCart({ storeId: shop.storeId, promoCode });
  return sent.then(
    ({ order }) => order?.id ?? "",
    async () => {
      const { code, reason } = await refusalOf(sent);
      return `${code} ${reason}`;
    },
  );
}

async function orders({ storeId }: Shop<string>): Promise<number> {
  const [row] = await runSql<{ orders: string }>(
    api.database,
    "SELECT count(*) AS orders FROM orders.orders WHERE store_id = $1",
    [storeId],
  );
  return Number(row?.orders);
}

test("eight adds of one product at once are eight", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  await race(8, (index) => device(index).cart.addCartItem({ productId: products.mug, quantity: 1 }));
  assert.equal(await inCart(), [["mug", 8]]);
});

test("the same product added from two phones at once sums, a hundred times", async () => {
  const { products } = await shopWith(api, { mug: 1, cup: 1 });
  await race(100, (index) =>
    device(index).cart.addCartItem({
      productId: index % 4 < 2 ? products.mug : products.cup,
      quantity: 1 + (index % 2),
    }),
  );
  assert.equal(Object.fromEntries(await inCart()), { mug: 75, cup: 75 });
});

test("a cart never gets more lines than it holds, however many devices add at once", async () => {
  const names = Array.from({ length: 104 }, (_, index) => `p${index}`);
  const { products } = await shopWith(api, Object.fromEntries(names.map((each) => [each, 0])));
  const ids = Object.values(products);
  for (const productId of ids.slice(0, 96)) await client.cart.addCartItem({ productId, quantity: 1 });
  const outcomes = await race(8, (index) => {
    const sent = device(index).cart.addCartItem({ productId: ids[96 + index], quantity: 1 });
    return sent.then(
      () => "added",
      async () => (await refusalOf(sent)).reason,
    );
  });
  assert.equal(tally(outcomes), { added: 4, CART_FULL: 4 });
  assert.is((await inCart()).length, 100);
});

test("a cart that is sent eight times at once is one order; the other seven find it empty", async () => {
  const shop = await shopWith(api, { mug: 50 });
  await client.cart.addCartItem({ productId: shop.products.mug, quantity: 3 });
  const outcomes = await race(8, (index) => checkout(shop, device(index)));
  assert.is(tally(outcomes)["FailedPrecondition CART_EMPTY"], 7);
  assert.equal([await orders(shop), await shop.quantity("mug"), await inCart()], [1, 47, []]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("the same checkout with one request_id fifty times at once is one order and fifty equal answers", async () => {
  const shop = await shopWith(api, { mug: 50 });
  await client.cart.addCartItem({ productId: shop.products.mug, quantity: 3 });
  const request = { storeId: shop.storeId, requestId: newId() };
  const answers = await race(50, (index) => device(index).cart.checkoutCart(request));
  assert.is(new Set(answers.map(({ order }) => order?.id)).size, 1);
  assert.equal([await orders(shop), await shop.quantity("mug")], [1, 47]);
});

test("what is added while the cart is ordered is either in the order or still in the cart", async () => {
  const shop = await shopWith(api, { mug: 1_000 });
  await client.cart.addCartItem({ productId: shop.products.mug, quantity: 1 });
  const outcomes = await race(60, async (index) => {
    if (index % 6 === 0) return checkout(shop, device(index));
    await device(index).cart.addCartItem({ productId: shop.products.mug, quantity: 1 });
    return "added";
  });
  const [[, left] = ["mug", 0]] = await inCart();
  assert.is(1_000 - (await shop.quantity("mug")) + left, 1 + (tally(outcomes)["added"] ?? 0));
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("carts, orders and a code of few uses at once: nothing oversold, nothing given away, no deadlock", async () => {
  const shop = await shopWith(api, { mug: 40, cup: 40 }, 1_000);
  const promotion = await makePromotion(api, { percent: 10, usageLimit: 10 });
  const buyers = await Promise.all(Array.from({ length: 20 }, () => api.signUp("CUSTOMER")));
  await Promise.all(
    buyers.map(async ({ token }) => {
      const { cart } = api.clients({ token });
      for (const productId of Object.values(shop.products)) await cart.addCartItem({ productId, quantity: 1 });
    }),
  );
  const outcomes = await race(60, async (index) => {
    const { cart, order } = (index % 2 === 0 ? api : second).clients({ token: buyers[index % 20]?.token ?? "" });
    const both = { storeId: shop.storeId, promoCode: promotion.code };
    const sent =
      index < 40 ? cart.checkoutCart(both) : order.placeOrder({ ...both, items: shop.items({ cup: 1, mug: 1 }) });
    return sent.then(
      () => "ordered",
      async () => (await refusalOf(sent)).reason,
    );
  });
  assert.is(tally(outcomes)["ordered"], 10);
  assert.equal(await usesOf(api, promotion), { counted: 10, redemptions: 10 });
  assert.equal([await shop.quantity("mug"), await shop.quantity("cup")], [30, 30]);
  assert.equal(await brokenInvariants(api.database, shop), []);
  assert.is(await deadlocks(api.database), 0);
});

test("without the lock the adds of two phones are one", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  await client.cart.addCartItem({ productId: products.mug, quantity: 1 });
  const bothHaveRead = meeting(2);
  await race(2, () => addWithoutLock({ userId: buyer.id, productId: products.mug }, bothHaveRead));
  assert.equal(await inCart(), [["mug", 2]]);
});

test("without the lock a cart that is sent twice is ordered twice", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  await client.cart.addCartItem({ productId: products.mug, quantity: 1 });
  const bothHaveRead = meeting(2);
  assert.equal(await race(2, () => checkoutWithoutLock(buyer.id, bothHaveRead)), [1, 1]);
});

/** Reads the quantity and writes back what it computed: what systems of this kind do. */
function addWithoutLock(key: { userId: string; productId: string }, thinking: () => Promise<void>): Promise<void> {
  return withTransaction(api.database, async () => {
    const where = "WHERE user_id = $1 AND product_id = $2";
    const values = [key.userId, key.productId];
    const [row] = await runSql<{ quantity: number }>(api.database, `SELECT quantity FROM carts.items ${where}`, values);
    await thinking();
    await runSql(api.database, `UPDATE carts.items SET quantity = $3 ${where}`, [...values, Number(row?.quantity) + 1]);
  });
}

/** Reads the cart, would place an order of what it read, and empties the cart. @returns how many lines it would order */
function checkoutWithoutLock(userId: string, thinking: () => Promise<void>): Promise<number> {
  return withTransaction(api.database, async () => {
    const items = await runSql(api.database, "SELECT FROM carts.items WHERE user_id = $1", [userId]);
    await thinking();
    await runSql(api.database, "DELETE FROM carts.items WHERE user_id = $1", [userId]);
    return items.length;
  });
}

test.run();
