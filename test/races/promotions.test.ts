/**
 * Promotion limits under a crowd. Goal: a code is never used more often than it may be, in all or by one user.
 * Method: racers start at one signal on a real server; afterwards the answers, the counter and the list of uses must
 * agree. The siblings without the lock, their SQL here, give away more: that shows the races have teeth.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { makePromotion, type TestPromotion, usesOf } from "../support/promotion.ts";
import { meeting, race, tally } from "../support/race.ts";
import { refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

let api: TestApi;
let buyers: TestUser[];

test.before(async () => {
  api = await startTestApi();
  buyers = [await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER"), await api.signUp("CUSTOMER")];
});
test.after(() => api.stop());

/** "discounted", or why not. */
async function order(shop: Shop<"mug">, promotion: TestPromotion, buyer: TestUser | undefined): Promise<string> {
  const client = api.clients({ token: buyer?.token ?? "" });
  const placed = client.order.placeOrder({
    storeId: shop.storeId,
    items: shop.items({ mug: 1 }),
    promoCode: promotion.code,
  });
  const answer = await placed.catch(() => undefined);
  if (answer === undefined) return (await refusalOf(placed)).metadata["why"] ?? "";
  return answer.order?.discount?.units === 1n ? "discounted" : "full price";
}

test("a one-use code that is sent twelve times at once gives one discount", async () => {
  const shop = await shopWith(api, { mug: 100 }, 1_000);
  const promotion = await makePromotion(api, { fixedAmount: 100, usageLimit: 1 });
  const outcomes = await race(12, (index) => order(shop, promotion, buyers[index % buyers.length]));
  assert.equal(tally(outcomes), { discounted: 1, USED_UP: 11 });
  assert.equal(await usesOf(api, promotion), { counted: 1, redemptions: 1 });
  assert.is(await shop.quantity("mug"), 99);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a limit for each user holds when three users send the code forty times each at once", async () => {
  const shop = await shopWith(api, { mug: 1_000 }, 1_000);
  const promotion = await makePromotion(api, { fixedAmount: 100, usageLimitPerUser: 2 });
  const outcomes = await race(120, (index) => order(shop, promotion, buyers[index % buyers.length]));
  assert.equal(tally(outcomes), { discounted: 6, USED_UP_BY_USER: 114 });
  assert.equal(await usesOf(api, promotion), { counted: 6, redemptions: 6 });
});

test("a limit in all holds over stores, by two servers at once", async () => {
  const second = await startTestApi();
  try {
    const shops = [await shopWith(api, { mug: 500 }, 1_000), await shopWith(api, { mug: 500 }, 1_000)] as const;
    const promotion = await makePromotion(api, { fixedAmount: 100, usageLimit: 20 });
    const outcomes = await race(100, async (index) => {
      const buyer = buyers[index % buyers.length];
      const { order: orders } = (index % 3 === 0 ? second : api).clients({ token: buyer?.token ?? "" });
      const shop = shops[index % 2 === 0 ? 0 : 1];
      const placed = orders.placeOrder({
        storeId: shop.storeId,
        items: shop.items({ mug: 1 }),
        promoCode: promotion.code,
      });
      return placed.then(
        () => "discounted",
        async () => (await refusalOf(placed)).metadata["why"] ?? "",
      );
    });
    assert.equal(tally(outcomes), { discounted: 20, USED_UP: 80 });
    assert.equal(await usesOf(api, promotion), { counted: 20, redemptions: 20 });
  } finally {
    await second.stop();
  }
});

test("an admin who lowers the limit while orders race for it never ends below what was used", async () => {
  const shop = await shopWith(api, { mug: 500 }, 1_000);
  const promotion = await makePromotion(api, { fixedAmount: 100, usageLimit: 40 });
  const { promotion: admin } = api.clients({ token: (await api.signUp("ADMIN")).token });
  const [outcomes] = await Promise.all([
    race(60, (index) => order(shop, promotion, buyers[index % buyers.length])),
    race(1, () => admin.updatePromotion({ promotion: { id: promotion.id, usageLimit: 10 } }).catch(() => undefined)),
  ]);
  const { promotion: after } = await admin.getPromotion({ id: promotion.id });
  assert.ok(after !== undefined && after.redeemedCount <= (after.usageLimit ?? 0));
  assert.is(tally(outcomes)["discounted"], after.redeemedCount);
});

test("without the lock a one-use code gives two discounts to two who send it at once", async () => {
  const promotion = await makePromotion(api, { fixedAmount: 100, usageLimitPerUser: 1 });
  const [userId, bothHaveRead] = [newId(), meeting(2)];
  const outcomes = await race(2, () => redeemWithoutLock(promotion, userId, bothHaveRead));
  assert.equal(tally(outcomes), { discounted: 2 });
});

/** Counts the uses, compares, and writes one more: what systems of this kind do. */
function redeemWithoutLock({ id }: TestPromotion, userId: string, thinking: () => Promise<void>): Promise<string> {
  return withTransaction(api.database, async () => {
    const [row] = await runSql<{ uses: string }>(
      api.database,
      "SELECT count(*) AS uses FROM orders.redemptions WHERE promotion_id = $1 AND user_id = $2",
      [id, userId],
    );
    await thinking();
    if (Number(row?.uses) >= 1) return "USED_UP_BY_USER";
    const use = [id, userId, newId()];
    const sql = "INSERT INTO orders.redemptions (promotion_id, user_id, order_id) VALUES ($1, $2, $3)";
    await runSql(api.database, sql, use);
    return "discounted";
  });
}

test.run();
