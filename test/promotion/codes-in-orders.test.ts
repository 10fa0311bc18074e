/**
 * Codes in use: asking about one, ordering with one, and what decides between them.
 *
 * Method: the real API over the file's own database. Time is the database's: a test moves a promotion's period, and
 * never a clock.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fc } from "../support/seed.ts";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import type { Money } from "../../gen/google/type/money_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { makePromotion, usesOf } from "../support/promotion.ts";
import { refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

let api: TestApi;
let buyer: Clients;
let other: Clients;

test.before(async () => {
  api = await startTestApi();
  buyer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  other = api.clients({ token: (await api.signUp("CUSTOMER")).token });
});
test.after(() => api.stop());

const usd = (cents: number) => ({
  currencyCode: "USD",
  units: BigInt(Math.floor(cents / 100)),
  nanos: (cents % 100) * 10_000_000,
});

function cents(money: Money | undefined): number {
  return money === undefined ? Number.NaN : Number(money.units) * 100 + money.nanos / 10_000_000;
}

async function order<Name extends string>(
  shop: Shop<Name>,
  wish: Partial<Record<Name, number>>,
  promoCode: string,
  client = buyer,
) {
  const answer = await client.order.placeOrder({ storeId: shop.storeId, items: shop.items(wish), promoCode });
  if (answer.order === undefined) throw new Error("the answer has no order");
  return answer.order;
}

async function whyNot<Name extends string>(
  shop: Shop<Name>,
  wish: Partial<Record<Name, number>>,
  promoCode: string,
  client = buyer,
) {
  const refusal = await refusalOf(order(shop, wish, promoCode, client));
  assert.equal(
    [refusal.code, refusal.reason, refusal.fields],
    ["FailedPrecondition", "PROMOTION_NOT_APPLICABLE", ["promo_code"]],
  );
  return refusal.metadata["why"];
}

const check = async (client: Clients, code: string, subtotal?: number) =>
  client.promotion.checkPromotion({ code, subtotal: subtotal === undefined ? undefined : usd(subtotal) });

test("an order pays what the code leaves, and its lines' discounts sum to the order's", async () => {
  const shop = await shopWith(api, { mug: 9, cup: 9, bowl: 9 }, 333);
  const { code } = await makePromotion(api, { percent: 10 });
  const placed = await order(shop, { mug: 1, cup: 2, bowl: 4 }, code.toLowerCase());
  // 10 % of 2,331 is 233.1.
  assert.equal([cents(placed.subtotal), cents(placed.discount), cents(placed.total)], [2_331, 233, 2_098]);
  assert.equal(
    placed.items.map(({ discount }) => cents(discount)),
    [33, 67, 133],
  );
});

test("whatever is bought and taken off, the lines' discounts sum to the order's, and no total is negative", async () => {
  const shop = await shopWith(api, { mug: 1_000_000, cup: 1_000_000, bowl: 1_000_000 }, 1_237);
  const quantity = fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined });
  const wishes = fc.record({ mug: fc.integer({ min: 1, max: 40 }), cup: quantity, bowl: quantity });
  const terms = fc.oneof(
    fc.record({
      percent: fc.integer({ min: 1, max: 10_000 }).map((points) => points / 100),
      maxDiscount: fc.option(fc.integer({ min: 1, max: 9_999 }), { nil: undefined }),
    }),
    fc.record({ fixedAmount: fc.integer({ min: 1, max: 99_999 }) }),
  );
  await fc.assert(
    fc.asyncProperty(wishes, terms, async (wish, given) => {
      const { code } = await makePromotion(api, given);
      const placed = await order(shop, wish, code);
      const shares = placed.items.map(({ discount }) => cents(discount));
      assert.is(
        shares.reduce((sum, share) => sum + share, 0),
        cents(placed.discount),
      );
      assert.ok(
        placed.items.every(({ discount, lineTotal }) => cents(discount) >= 0 && cents(discount) <= cents(lineTotal)),
      );
      assert.is(cents(placed.total), cents(placed.subtotal) - cents(placed.discount));
      assert.ok(cents(placed.total) >= 0);
    }),
    { numRuns: 40 },
  );
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a fixed amount above the subtotal makes the order cost nothing, and is no error", async () => {
  const shop = await shopWith(api, { mug: 5 }, 250);
  const { code } = await makePromotion(api, { fixedAmount: 5_000 });
  const placed = await order(shop, { mug: 1 }, code);
  assert.equal([placed.status, cents(placed.discount), cents(placed.total)], [OrderStatus.CONFIRMED, 250, 0]);
});

test("a code's period is judged by the database's clock, its end excluded", async () => {
  const shop = await shopWith(api, { mug: 9 }, 1_000);
  const { id, code } = await makePromotion(api, { percent: 10 });
  const move = (start: string, end: string) =>
    runSql(
      api.database,
      `UPDATE orders.promotions SET start_at = now() + $2::interval, end_at = now() + $3::interval WHERE id = $1`,
      [id, start, end],
    );
  await move("1 hour", "2 hours");
  assert.is(await whyNot(shop, { mug: 1 }, code), "NOT_STARTED");
  await move("-2 hours", "-1 second");
  assert.is(await whyNot(shop, { mug: 1 }, code), "ENDED");
  await move("-1 second", "1 hour");
  assert.is((await order(shop, { mug: 1 }, code)).status, OrderStatus.CONFIRMED);
});

test("the minimum is of the subtotal, and reached by reaching it", async () => {
  const shop = await shopWith(api, { mug: 9 }, 1_000);
  const { code } = await makePromotion(api, { fixedAmount: 100, minSubtotal: 2_000 });
  assert.is(await whyNot(shop, { mug: 1 }, code), "BELOW_MINIMUM");
  assert.is(cents((await order(shop, { mug: 2 }, code)).total), 1_900);
});

test("a code that does not apply wins over a shortage: no order is made", async () => {
  const shop = await shopWith(api, { mug: 1 }, 1_000);
  const { code } = await makePromotion(api, { percent: 10, active: false });
  assert.is(await whyNot(shop, { mug: 5 }, code), "INACTIVE");
  assert.is(await whyNot(shop, { mug: 5 }, "NOBODY-MADE-THIS"), "UNKNOWN_CODE");
  const [row] = await runSql<{ orders: string }>(
    api.database,
    "SELECT count(*) AS orders FROM orders.orders WHERE store_id = $1",
    [shop.storeId],
  );
  assert.is(row?.orders, "0");
});

test("a rejected order spends no use", async () => {
  const shop = await shopWith(api, { mug: 1 }, 1_000);
  const promotion = await makePromotion(api, { percent: 10, usageLimit: 1, usageLimitPerUser: 1 });
  assert.is((await order(shop, { mug: 2 }, promotion.code)).status, OrderStatus.REJECTED);
  assert.equal(await usesOf(api, promotion), { counted: 0, redemptions: 0 });
  assert.is((await order(shop, { mug: 1 }, promotion.code)).status, OrderStatus.CONFIRMED);
  assert.equal(await usesOf(api, promotion), { counted: 1, redemptions: 1 });
});

test("an order that is held spends its use when it is placed", async () => {
  const shop = await shopWith(api, { mug: 5 }, 1_000);
  const promotion = await makePromotion(api, { percent: 10, usageLimit: 1 });
  const hold = { seconds: 60n, nanos: 0 };
  await buyer.order.placeOrder({
    storeId: shop.storeId,
    items: shop.items({ mug: 1 }),
    promoCode: promotion.code,
    hold,
  });
  assert.is(await whyNot(shop, { mug: 1 }, promotion.code), "USED_UP");
});

test("a cancelled order gives its use back once, to who had it, also when the promotion was deleted", async () => {
  const shop = await shopWith(api, { mug: 9 }, 1_000);
  const promotion = await makePromotion(api, { percent: 10, usageLimit: 2, usageLimitPerUser: 1 });
  const mine = await order(shop, { mug: 1 }, promotion.code);
  const theirs = await order(shop, { mug: 1 }, promotion.code, other);
  await buyer.order.cancelOrder({ id: mine.id });
  await refusalOf(buyer.order.cancelOrder({ id: mine.id }));
  assert.equal(await usesOf(api, promotion), { counted: 1, redemptions: 1 });
  assert.is(await whyNot(shop, { mug: 1 }, promotion.code, other), "USED_UP_BY_USER");
  await order(shop, { mug: 1 }, promotion.code);
  await runSql(api.database, "UPDATE orders.promotions SET deleted_at = now() WHERE id = $1", [promotion.id]);
  await other.order.cancelOrder({ id: theirs.id });
  assert.equal(await usesOf(api, promotion), { counted: 1, redemptions: 1 });
});

test("a limit in all is used up for everybody, a limit for each user for that user", async () => {
  const shop = await shopWith(api, { mug: 20 }, 1_000);
  const once = await makePromotion(api, { percent: 10, usageLimitPerUser: 1 });
  await order(shop, { mug: 1 }, once.code);
  assert.is(await whyNot(shop, { mug: 1 }, once.code), "USED_UP_BY_USER");
  await order(shop, { mug: 1 }, once.code, other);
  const single = await makePromotion(api, { percent: 10, usageLimit: 1 });
  await order(shop, { mug: 1 }, single.code);
  assert.is(await whyNot(shop, { mug: 1 }, single.code, other), "USED_UP");
});

test("asking about a code spends no use, tells strangers too, and an unknown code is an answer", async () => {
  const promotion = await makePromotion(api, { percent: 15, maxDiscount: 500, minSubtotal: 1_000, usageLimit: 1 });
  const stranger = api.clients();
  for (let time = 0; time < 3; time++) assert.ok((await check(stranger, promotion.code.toLowerCase(), 2_000)).applies);
  const answer = await check(stranger, promotion.code, 3_000);
  assert.equal([cents(answer.discount), answer.why, answer.description], [450, "", ""]);
  assert.is(cents((await check(stranger, promotion.code, 900_000)).discount), 500);
  assert.equal(
    [(await check(stranger, promotion.code)).applies, (await check(stranger, promotion.code)).discount],
    [true, undefined],
  );
  assert.equal(
    [(await check(stranger, promotion.code, 999)).why, (await check(stranger, "NO-SUCH")).why],
    ["BELOW_MINIMUM", "UNKNOWN_CODE"],
  );
  assert.is((await check(stranger, "NO-SUCH")).description, "there is no such code");
  assert.equal(await usesOf(api, promotion), { counted: 0, redemptions: 0 });
});

test("asking tells each caller of his own uses", async () => {
  const shop = await shopWith(api, { mug: 5 }, 1_000);
  const { code } = await makePromotion(api, { percent: 10, usageLimitPerUser: 1 });
  await order(shop, { mug: 1 }, code);
  const why = async (client: Clients) => (await check(client, code, 1_000)).why;
  assert.equal([await why(buyer), await why(other), await why(api.clients())], ["USED_UP_BY_USER", "", ""]);
});

test.run();
