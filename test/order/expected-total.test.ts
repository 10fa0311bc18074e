/** `expected_total`: what the buyer was shown is what the buyer pays, or nothing is ordered. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { makePromotion } from "../support/promotion.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

let api: TestApi;
let buyer: TestUser;
let client: Clients;

test.before(async () => {
  api = await startTestApi();
  buyer = await api.signUp("CUSTOMER");
  client = api.clients({ token: buyer.token });
});
test.after(() => api.stop());

const usd = (units: number, nanos = 0) => ({ currencyCode: "USD", units: BigInt(units), nanos });

async function raise(shop: Shop<"mug">, price: number): Promise<void> {
  await runSql(api.database, "UPDATE catalog.products SET price = $2 WHERE id = $1", [shop.products.mug, price]);
}

/** What there is of a shop's orders and of the buyer's kept answers. */
async function traces(shop: Shop<"mug">): Promise<unknown> {
  const [row] = await runSql(
    api.database,
    "SELECT (SELECT count(*)::int FROM orders.orders WHERE store_id = $1) AS orders, (SELECT count(*)::int FROM platform.requests WHERE caller = $2) AS answers",
    [shop.storeId, buyer.id],
  );
  return row;
}

for (const by of ["placeOrder", "checkoutCart"] as const) {
  const order = async (shop: Shop<"mug">, quantity: number, more: object) => {
    if (by === "placeOrder")
      return client.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: quantity }), ...more });
    await client.cart.clearCart({});
    await client.cart.addCartItem({ ...shop.items({ mug: quantity })[0] });
    return client.cart.checkoutCart({ storeId: shop.storeId, ...more });
  };

  test(`${by}: at the total that was shown the order is made`, async () => {
    const shop = await shopWith(api, { mug: 5 }, 1250);
    assert.is((await order(shop, 2, { expectedTotal: usd(25) })).order?.status, OrderStatus.CONFIRMED);
  });

  test(`${by}: at another total nothing is ordered and nothing is kept, and both totals are told`, async () => {
    const shop = await shopWith(api, { mug: 5 }, 1250);
    await raise(shop, 12_000);
    const before = await traces(shop);
    const refusal = await refusalOf(order(shop, 1, { expectedTotal: usd(12, 500_000_000), requestId: newId() }));
    assert.equal(
      [refusal.code, refusal.reason, refusal.metadata["expected_total"], refusal.metadata["total"]],
      ["FailedPrecondition", "TOTAL_CHANGED", "12.50", "120.00"],
    );
    assert.equal([await traces(shop), await shop.quantity("mug")], [before, 5]);
  });

  test(`${by}: with the same request_id and content it is made when the total is back`, async () => {
    const shop = await shopWith(api, { mug: 5 }, 1250);
    const request = { expectedTotal: usd(12, 500_000_000), requestId: newId() };
    await raise(shop, 1300);
    assert.is(await reasonOf(order(shop, 1, request)), "TOTAL_CHANGED");
    await raise(shop, 1250);
    assert.is((await order(shop, 1, request)).order?.status, OrderStatus.CONFIRMED);
  });

  test(`${by}: a shortage is told first, and a code that does not apply before it`, async () => {
    const shop = await shopWith(api, { mug: 1 }, 1250);
    assert.is((await order(shop, 2, { expectedTotal: usd(1) })).order?.status, OrderStatus.REJECTED);
    assert.is(await reasonOf(order(shop, 2, { expectedTotal: usd(1), promoCode: "NONE" })), "PROMOTION_NOT_APPLICABLE");
  });

  test(`${by}: the total is the one after the discount`, async () => {
    const shop = await shopWith(api, { mug: 5 }, 1250);
    const { code } = await makePromotion(api, { fixedAmount: 250 });
    assert.is(
      await reasonOf(order(shop, 1, { expectedTotal: usd(12, 500_000_000), promoCode: code })),
      "TOTAL_CHANGED",
    );
    assert.is((await order(shop, 1, { expectedTotal: usd(10), promoCode: code })).order?.status, OrderStatus.CONFIRMED);
  });

  test(`${by}: another currency, and parts of a cent, are refused`, async () => {
    const shop = await shopWith(api, { mug: 5 }, 1250);
    assert.is(await reasonOf(order(shop, 1, { expectedTotal: { currencyCode: "EUR", units: 12n } })), "WRONG_CURRENCY");
    assert.is(await reasonOf(order(shop, 1, { expectedTotal: usd(12, 1) })), "AMOUNT_TOO_PRECISE");
  });
}

test.run();
