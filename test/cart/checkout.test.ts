/** Ordering what is in the cart: one transaction with the cart's emptying. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { lockWaits } from "../support/locked-rows.ts";
import { makePromotion, usesOf } from "../support/promotion.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

let api: TestApi;
let buyer: TestUser;
let client: Clients;

test.before(async () => {
  api = await startTestApi();
});
test.before.each(async () => {
  buyer = await api.signUp("CUSTOMER");
  client = api.clients({ token: buyer.token });
});
test.after(() => api.stop());

async function fill<Name extends string>(shop: Shop<Name>, wish: Partial<Record<Name, number>>): Promise<void> {
  for (const item of shop.items(wish)) await client.cart.addCartItem(item);
}

async function inCart(): Promise<[string, number][]> {
  return ((await client.cart.getCart({})).cart?.items ?? []).map(({ title, quantity }) => [title, quantity]);
}

test("a checkout orders the whole cart at today's prices, and empties it", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 5 }, 200);
  await fill(shop, { mug: 2, cup: 1 });
  await runSql(api.database, "UPDATE catalog.products SET price = 300 WHERE id = $1", [shop.products.mug]);
  const { order } = await client.cart.checkoutCart({ storeId: shop.storeId.toUpperCase() });
  assert.equal([order?.status, order?.userId, order?.total?.units], [OrderStatus.CONFIRMED, buyer.id, 8n]);
  assert.equal(
    order?.items.map(({ title, quantityRequested }) => [title, quantityRequested]),
    [
      ["mug", 2],
      ["cup", 1],
    ],
  );
  assert.equal((await client.order.getOrder({ id: order?.id })).order, order);
  assert.equal(await inCart(), []);
  assert.equal([await shop.quantity("mug"), await shop.quantity("cup")], [3, 4]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a rejected order is kept and leaves the cart as it was", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 0 });
  await fill(shop, { mug: 2, cup: 1 });
  const { order } = await client.cart.checkoutCart({ storeId: shop.storeId });
  assert.equal([order?.status, order?.shortItems.map(({ title }) => title)], [OrderStatus.REJECTED, ["cup"]]);
  assert.equal(await inCart(), [
    ["mug", 2],
    ["cup", 1],
  ]);
  assert.is(await shop.quantity("mug"), 5);
  assert.is((await client.order.getOrder({ id: order?.id })).order?.status, OrderStatus.REJECTED);
});

test("an empty cart is not ordered, whether it never held anything or was emptied", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const refusal = async () => refusalOf(client.cart.checkoutCart({ storeId: shop.storeId }));
  assert.equal([(await refusal()).code, (await refusal()).reason], ["FailedPrecondition", "CART_EMPTY"]);
  await fill(shop, { mug: 1 });
  await client.cart.clearCart({});
  assert.is((await refusal()).reason, "CART_EMPTY");
});

test("a code is used once with the order; one that does not apply leaves the cart as it was", async () => {
  const shop = await shopWith(api, { mug: 5 }, 1_000);
  const promotion = await makePromotion(api, { percent: 10, minSubtotal: 2_000 });
  await fill(shop, { mug: 1 });
  const refusal = await refusalOf(client.cart.checkoutCart({ storeId: shop.storeId, promoCode: promotion.code }));
  assert.equal([refusal.reason, refusal.metadata["why"]], ["PROMOTION_NOT_APPLICABLE", "BELOW_MINIMUM"]);
  assert.equal(await inCart(), [["mug", 1]]);
  await fill(shop, { mug: 1 });
  const { order } = await client.cart.checkoutCart({ storeId: shop.storeId, promoCode: promotion.code });
  assert.equal([order?.discount?.units, order?.total?.units], [2n, 18n]);
  assert.equal(await usesOf(api, promotion), { counted: 1, redemptions: 1 });
});

test("a cart with something that is no longer for sale is refused, by its name, also when it was deleted", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 5 });
  await fill(shop, { mug: 1, cup: 1 });
  for (const change of ["active = false", "active = true, deleted_at = now()"]) {
    await runSql(api.database, `UPDATE catalog.products SET ${change} WHERE id = $1`, [shop.products.cup]);
    const refusal = await refusalOf(client.cart.checkoutCart({ storeId: shop.storeId }));
    assert.equal(
      [refusal.code, refusal.reason, refusal.metadata],
      ["FailedPrecondition", "PRODUCT_INACTIVE", { product_id: shop.products.cup }],
    );
  }
  await client.cart.removeCartItem({ productId: shop.products.cup });
  assert.is((await client.cart.checkoutCart({ storeId: shop.storeId })).order?.status, OrderStatus.CONFIRMED);
});

test("a store that is unknown or closed leaves the cart as it was", async () => {
  const shop = await shopWith(api, { mug: 5 });
  await fill(shop, { mug: 1 });
  assert.is(await reasonOf(client.cart.checkoutCart({ storeId: newId() })), "STORE_NOT_FOUND");
  await runSql(api.database, "UPDATE inventory.stores SET active = false WHERE id = $1", [shop.storeId]);
  assert.is(await reasonOf(client.cart.checkoutCart({ storeId: shop.storeId })), "STORE_INACTIVE");
  assert.equal(await inCart(), [["mug", 1]]);
});

test("a checkout sent again with its request_id is the same order, also when the cart was filled again", async () => {
  const shop = await shopWith(api, { mug: 5 });
  await fill(shop, { mug: 2 });
  const request = { storeId: shop.storeId, requestId: newId() };
  const first = await client.cart.checkoutCart(request);
  await fill(shop, { mug: 1 });
  assert.equal(await client.cart.checkoutCart(request), first);
  assert.equal([await inCart(), await shop.quantity("mug")], [[["mug", 1]], 3]);
  assert.is(await reasonOf(client.cart.checkoutCart({ ...request, promoCode: "OTHER" })), "REQUEST_ID_REUSED");
});

test("a refused checkout is refused again with its request_id, even when it would be possible now", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const request = { storeId: shop.storeId, requestId: newId() };
  assert.is(await reasonOf(client.cart.checkoutCart(request)), "CART_EMPTY");
  await fill(shop, { mug: 1 });
  assert.is(await reasonOf(client.cart.checkoutCart(request)), "CART_EMPTY");
  assert.is((await client.cart.checkoutCart({ ...request, requestId: newId() })).order?.status, OrderStatus.CONFIRMED);
});

test("a checkout whose deadline passed while it waited aside changes nothing", async () => {
  const shop = await shopWith(api, { mug: 5 });
  await fill(shop, { mug: 1 });
  const holder = await api.database.transaction();
  await api.database.query("SELECT FROM carts.carts WHERE user_id = $1 FOR UPDATE", {
    bind: [buyer.id],
    transaction: holder,
  });
  const refusal = await refusalOf(client.cart.checkoutCart({ storeId: shop.storeId }, { timeoutMs: 600 }));
  assert.is(refusal.code, "DeadlineExceeded");
  await until("its last try has given up", async () => (await lockWaits(api.database)) === 0);
  await holder.rollback();
  assert.equal([await inCart(), await shop.quantity("mug")], [[["mug", 1]], 5]);
});

test.run();
