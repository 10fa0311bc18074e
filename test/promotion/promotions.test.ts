/** Keeping promotions: what an admin makes, reads, changes and deletes, and what is refused. */
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

let api: TestApi;
let admin: Clients["promotion"];
let buyer: Clients;

test.before(async () => {
  api = await startTestApi();
  admin = api.clients({ token: (await api.signUp("ADMIN")).token }).promotion;
  buyer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
});
test.after(() => api.stop());

type Given = NonNullable<Parameters<Clients["promotion"]["createPromotion"]>[0]["promotion"]>;

const usd = (units: number, nanos = 0) => ({ currencyCode: "USD", units: BigInt(units), nanos });
const tenPercent = { case: "percent", value: 10 } as const;
const fiveOff = { case: "fixedAmount", value: usd(5) } as const;

let made = 0;

async function create(given: Given = {}) {
  made++;
  const { promotion } = await admin.createPromotion({
    promotion: { code: `CODE-${made}`, discount: tenPercent, ...given },
  });
  if (promotion === undefined) throw new Error("the answer has no promotion");
  return promotion;
}

async function update(promotion: Given, paths?: string[]) {
  const answer = await admin.updatePromotion({ promotion, updateMask: paths === undefined ? undefined : { paths } });
  if (answer.promotion === undefined) throw new Error("the answer has no promotion");
  return answer.promotion;
}

test("a promotion is kept as it was given, and says what it left out", async () => {
  const startTime = timestampFromDate(new Date("2026-01-01T00:00:00Z"));
  const endTime = timestampFromDate(new Date("2999-01-01T00:00:00Z"));
  const whole = await create({
    code: "Whole_1",
    discount: { case: "percent", value: 12.34 },
    maxDiscount: usd(20, 500_000_000),
    minSubtotal: usd(25),
    startTime,
    endTime,
    usageLimit: 100,
    usageLimitPerUser: 2,
    description: "for the tests",
  });
  assert.equal(whole.discount, { case: "percent", value: 12.34 });
  assert.equal([whole.maxDiscount?.units, whole.maxDiscount?.nanos, whole.minSubtotal?.units], [20n, 500_000_000, 25n]);
  assert.equal(
    [whole.startTime, whole.endTime, whole.usageLimit, whole.usageLimitPerUser],
    [startTime, endTime, 100, 2],
  );
  assert.equal(
    [whole.code, whole.description, whole.redeemedCount, whole.active],
    ["Whole_1", "for the tests", 0, true],
  );
  assert.equal((await admin.getPromotion({ id: whole.id })).promotion, whole);
  const plain = await create({ discount: fiveOff });
  assert.equal(
    [plain.discount.case, plain.maxDiscount, plain.minSubtotal, plain.usageLimit],
    ["fixedAmount", undefined, undefined, undefined],
  );
});

test("two promotions never have one code, whatever its case", async () => {
  const first = await create({ code: "Summer" });
  const second = await create();
  assert.equal((await refusalOf(create({ code: "sUMMER" }))).fields, ["promotion.code"]);
  assert.is(await reasonOf(create({ code: "SUMMER" })), "PROMOTION_CODE_TAKEN");
  assert.is(await reasonOf(update({ id: second.id, code: "summer" })), "PROMOTION_CODE_TAKEN");
  assert.is((await update({ id: first.id, code: "SUMMER" })).code, "SUMMER");
});

test("what is no promotion is refused: without a discount, too precise, upside down, in another currency", async () => {
  const fields = async (given: Given) =>
    (await refusalOf(admin.createPromotion({ promotion: { code: "WRONG", discount: tenPercent, ...given } }))).fields;
  assert.equal(await fields({ discount: undefined }), ["promotion"]);
  assert.equal(await fields({ code: "" }), ["promotion"]);
  assert.equal(await fields({ discount: { case: "percent", value: 100.01 } }), ["promotion.percent"]);
  assert.equal(await fields({ discount: { case: "percent", value: 1.234 } }), ["promotion.percent"]);
  assert.equal(await fields({ discount: { case: "percent", value: Number.NaN } }), ["promotion.percent"]);
  assert.equal(await fields({ discount: { case: "fixedAmount", value: usd(0) } }), ["promotion.fixed_amount"]);
  assert.equal(await fields({ discount: { case: "fixedAmount", value: usd(1, 1) } }), ["promotion.fixed_amount"]);
  assert.equal(await fields({ minSubtotal: { ...usd(1), currencyCode: "EUR" } }), ["promotion.min_subtotal"]);
  assert.equal(await fields({ discount: fiveOff, maxDiscount: usd(1) }), ["promotion"]);
  assert.equal(await fields({ startTime: { seconds: 20n }, endTime: { seconds: 20n } }), ["promotion"]);
  assert.equal(await fields({ usageLimit: 0 }), ["promotion.usage_limit"]);
});

test("a percentage that rounds to nothing, and a period that is shorter than times are kept, are refused", async () => {
  const tiny = refusalOf(create({ discount: { case: "percent", value: 1e-9 } }));
  assert.equal((await tiny).fields, ["promotion.percent"]);
  const brief = refusalOf(create({ startTime: { seconds: 7n }, endTime: { seconds: 7n, nanos: 100 } }));
  assert.equal((await brief).fields, ["promotion.end_time"]);
  const { id } = await create({ startTime: { seconds: 7n } });
  const briefer = refusalOf(update({ id, endTime: { seconds: 7n, nanos: 400_000 } }));
  assert.equal((await briefer).fields, ["promotion.end_time"]);
});

test("an update writes what its mask names and nothing else; without a mask what is set", async () => {
  const before = await create({ description: "old", usageLimit: 5, minSubtotal: usd(3) });
  const masked = await update({ id: before.id, description: "new", usageLimit: 9 }, ["description", "min_subtotal"]);
  assert.equal([masked.description, masked.usageLimit, masked.minSubtotal], ["new", 5, undefined]);
  const unmasked = await update({ id: before.id, usageLimit: 7, active: false });
  assert.equal([unmasked.description, unmasked.usageLimit, unmasked.active], ["new", 7, false]);
  assert.not.equal(unmasked.etag, before.etag);
  assert.is((await update({ id: before.id }, ["usage_limit"])).usageLimit, undefined);
  assert.is((await refusalOf(update({ id: before.id }, ["redeemed_count"]))).code, "InvalidArgument");
});

test("naming one discount takes the other one away, and a promotion never ends without one", async () => {
  const { id } = await create({ maxDiscount: usd(7) });
  const fixed = await update({ id, discount: fiveOff });
  assert.equal([fixed.discount.case, fixed.maxDiscount], ["fixedAmount", undefined]);
  assert.equal((await refusalOf(update({ id, maxDiscount: usd(1) }))).fields, ["promotion.max_discount"]);
  const percent = await update({ id, discount: tenPercent, maxDiscount: usd(2) }, [
    "percent",
    "fixed_amount",
    "max_discount",
  ]);
  assert.equal([percent.discount, percent.maxDiscount?.units], [tenPercent, 2n]);
  assert.equal((await refusalOf(update({ id, discount: fiveOff }, ["percent"]))).fields, ["promotion.percent"]);
});

test("a period is held together by an update that names one end only", async () => {
  const { id } = await create({ startTime: { seconds: 1_000n }, endTime: { seconds: 2_000n } });
  assert.equal((await refusalOf(update({ id, endTime: { seconds: 1_000n } }))).fields, ["promotion.end_time"]);
  assert.equal((await update({ id, endTime: { seconds: 1_001n } })).endTime?.seconds, 1_001n);
});

test("a stale etag changes nothing, a fresh one does", async () => {
  const { id, etag } = await create();
  const changed = await update({ id, etag, description: "one" });
  assert.is(await reasonOf(update({ id, etag, description: "two" })), "STALE_ETAG");
  assert.is(await reasonOf(admin.deletePromotion({ id, etag })), "STALE_ETAG");
  assert.equal((await admin.getPromotion({ id })).promotion, changed);
  await admin.deletePromotion({ id, etag: changed.etag });
});

test("a deleted promotion is gone, its code is free, and the order that used it stays as it is", async () => {
  const shop = await shopWith(api, { mug: 5 }, 1_000);
  const { id, code } = await create({ code: "GONE" });
  const { order } = await buyer.order.placeOrder({
    storeId: shop.storeId,
    items: shop.items({ mug: 1 }),
    promoCode: code,
  });
  await admin.deletePromotion({ id });
  assert.is(await reasonOf(admin.getPromotion({ id })), "PROMOTION_NOT_FOUND");
  assert.is(await reasonOf(update({ id, active: true })), "PROMOTION_NOT_FOUND");
  assert.is(await reasonOf(admin.deletePromotion({ id })), "PROMOTION_NOT_FOUND");
  const refusal = await refusalOf(
    buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), promoCode: code }),
  );
  assert.equal(refusal.metadata, { promo_code: code, why: "UNKNOWN_CODE" });
  const quote = { storeId: shop.storeId, items: shop.items({ mug: 1 }), promoCode: code };
  assert.is((await refusalOf(buyer.order.quoteOrder(quote))).metadata["why"], "UNKNOWN_CODE");
  assert.is((await buyer.promotion.checkPromotion({ code })).why, "UNKNOWN_CODE");
  assert.equal((await buyer.order.getOrder({ id: order?.id })).order, order);
  assert.is((await create({ code: "gone" })).redeemedCount, 0);
});

test("a limit is never set below the uses that there are", async () => {
  const shop = await shopWith(api, { mug: 5 }, 1_000);
  const { id, code } = await create({ usageLimit: 5 });
  for (let use = 0; use < 2; use++)
    await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), promoCode: code });
  const refusal = await refusalOf(update({ id, usageLimit: 1 }));
  assert.equal(
    [refusal.code, refusal.reason, refusal.metadata],
    ["FailedPrecondition", "PROMOTION_LIMIT_BELOW_USES", { redeemed_count: "2" }],
  );
  const full = await update({ id, usageLimit: 2 });
  assert.equal([full.usageLimit, full.redeemedCount], [2, 2]);
});

test("promotions come newest first, page by page, also by whether they are active", async () => {
  const wanted = [await create(), await create({ active: false }), await create(), await create({ active: false })]
    .map(({ id }) => id)
    .toReversed();
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await admin.listPromotions({ pageSize: 3, pageToken });
    seen.push(...page.promotions.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.equal(seen.slice(0, 4), wanted);
  assert.is(new Set(seen).size, seen.length);
  const inactive = await admin.listPromotions({ active: false, pageSize: 2 });
  assert.equal(
    inactive.promotions.map(({ id }) => id),
    [wanted[0], wanted[2]],
  );
  assert.is(await reasonOf(admin.listPromotions({ pageToken: inactive.nextPageToken })), "INVALID_PAGE_TOKEN");
});

test("a create that is sent again with its request_id makes one promotion", async () => {
  const request = { promotion: { code: "AGAIN", discount: tenPercent }, requestId: newId() };
  const [first, second] = [await admin.createPromotion(request), await admin.createPromotion(request)];
  assert.equal(first, second);
  assert.is(
    await reasonOf(admin.createPromotion({ ...request, promotion: { code: "OTHER", discount: tenPercent } })),
    "REQUEST_ID_REUSED",
  );
});

test("customers and strangers keep no promotions", async () => {
  const stranger = api.clients();
  assert.is(await reasonOf(buyer.promotion.listPromotions({})), "ACCESS_DENIED");
  assert.is(
    await reasonOf(buyer.promotion.createPromotion({ promotion: { code: "MINE", discount: tenPercent } })),
    "ACCESS_DENIED",
  );
  assert.is(await reasonOf(stranger.promotion.getPromotion({ id: newId() })), "NOT_SIGNED_IN");
});

test.run();
