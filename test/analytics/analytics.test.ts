/** Analytics by its RPCs: defaults, bounds, refusals, and days of 23 and 25 hours. */
import { timestampFromDate, timestampFromMs, timestampMs } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { SalesGranularity } from "../../gen/bodega/analytics/v1/sales_pb.ts";
import { rollUp } from "../../src/domains/analytics/daily-rollup.ts";
import { assignPositions } from "../../src/outbox/outbox.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { changePast, placePast } from "./past-orders.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

let api: TestApi;
let analytics: Clients["analytics"];
let customer: TestUser;

test.before(async () => {
  api = await startTestApi();
  analytics = api.clients({ token: (await api.signUp("ADMIN")).token }).analytics;
  customer = await api.signUp("CUSTOMER");
});
test.after(() => api.stop());

/** All that is there. */
async function sumAll(): Promise<void> {
  await assignPositions(api.database, 500);
  while ((await rollUp(api.database)) > 0);
}

const at = (time: string) => timestampFromDate(new Date(time));

function sale({ storeId, products: { mug } }: Shop<"mug">, time: string, { quantity = 1, title = "Mug" } = {}) {
  const lines = [{ productId: mug, title, quantity, unitPrice: 250, discount: 0 }];
  return placePast(api.database, { storeId, placedMs: Date.parse(time), status: "CONFIRMED", lines });
}

test("an order counts as soon as it is answered, in the last of the day's hours", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { order } = api.clients({ token: customer.token });
  await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 2 }) });
  await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 99 }) });
  const answer = await analytics.getSalesSummary({ storeId: shop.storeId });
  const lengths = answer.buckets
    .slice(1)
    .map(({ startTime }, index) => hours(answer.buckets[index]?.startTime, startTime));
  assert.ok(answer.buckets.length === 25 || answer.buckets.length === 24);
  assert.ok(lengths.every((length) => length === 1));
  assert.equal([answer.confirmed, answer.rejected, answer.revenue?.units], [1, 1, 5n]);
  const { products } = await analytics.listTopProducts({ storeId: shop.storeId });
  assert.equal(
    products.map(({ title, quantitySold }) => [title, quantitySold]),
    [["mug", 2n]],
  );
});

function hours(from: { seconds: bigint } | undefined, to: { seconds: bigint } | undefined): number {
  return Number((to?.seconds ?? 0n) - (from?.seconds ?? 0n)) / 3_600;
}

const changes: [date: string, zone: string, hours: number][] = [
  ["2025-03-30", "Europe/Berlin", 23],
  ["2025-10-26", "Europe/Berlin", 25],
  ["2025-10-05", "Australia/Lord_Howe", 24],
  ["2025-11-02", "America/Havana", 25],
  ["2025-09-07", "America/Santiago", 23],
  ["2025-06-01", "Asia/Kathmandu", 24],
];
for (const [date, timeZone, intervals] of changes) {
  test(`${date} in ${timeZone} has ${intervals} hours, and a day before and behind it`, async () => {
    const noon = Date.parse(`${date}T12:00Z`);
    const period = { startTime: timestampFromMs(noon - DAY_MS), endTime: timestampFromMs(noon + DAY_MS), timeZone };
    const { buckets: days } = await analytics.getSalesSummary({ ...period, granularity: SalesGranularity.DAY });
    const index = days.findIndex(({ startTime }) => localDate(startTime, timeZone) === date);
    const [start, end] = [days[index]?.startTime, days[index + 1]?.startTime];
    assert.ok(start !== undefined && end !== undefined);
    const { buckets } = await analytics.getSalesSummary({
      startTime: start,
      endTime: end,
      timeZone,
      granularity: SalesGranularity.HOUR,
    });
    assert.is(buckets.length, intervals);
    assert.is(localDate(timestampFromMs(timestampMs(start) - 1), timeZone) < date, true);
  });
}

function localDate(time: Parameters<typeof timestampMs>[0] | undefined, timeZone: string): string {
  return time === undefined ? "" : new Intl.DateTimeFormat("en-CA", { timeZone }).format(timestampMs(time));
}

test("intervals in which nothing was sold are told too, and the first is counted whole", async () => {
  const shop = await shopWith(api, { mug: 1 });
  await sale(shop, "2025-05-01T10:10:00Z");
  await sale(shop, "2025-05-01T12:59:59.999Z");
  await sale(shop, "2025-05-01T13:00:00Z");
  const asked = { storeId: shop.storeId, startTime: at("2025-05-01T10:30:00Z"), endTime: at("2025-05-01T13:00:00Z") };
  const { buckets, confirmed } = await analytics.getSalesSummary(asked);
  assert.equal(
    buckets.map((bucket) => bucket.confirmed),
    [1, 0, 1],
  );
  assert.is(confirmed, 2);
});

test("a period that begins before 1970 is told, also one that does so by its time zone or for want of a start", async () => {
  const endTime = { seconds: 500n };
  const days = await analytics.getSalesSummary({
    endTime,
    granularity: SalesGranularity.DAY,
    timeZone: "Europe/Berlin",
  });
  assert.equal(
    days.buckets.map(({ startTime }) => startTime?.seconds),
    [-3_600n],
  );
  assert.equal((await analytics.listTopProducts({ endTime })).products, []);
});

test("1,500 intervals are told, and 1,501 are INVALID_ARGUMENT", async () => {
  const endTime = at("2025-05-02T00:00:00Z");
  const summary = (minutes: number) =>
    analytics.getSalesSummary({
      startTime: timestampFromMs(timestampMs(endTime) - minutes * MINUTE_MS),
      endTime,
      granularity: SalesGranularity.MINUTE,
    });
  assert.is((await summary(1_500)).buckets.length, 1_500);
  assert.equal(await refusalOf(summary(1_501)), {
    code: "InvalidArgument",
    reason: "INVALID_FIELDS",
    fields: ["start_time"],
    metadata: {},
  });
  const ever = { startTime: at("1970-01-01T00:00:00Z"), endTime: at("9999-12-31T23:59:59Z") };
  assert.is(
    await reasonOf(analytics.getSalesSummary({ ...ever, granularity: SalesGranularity.DAY })),
    "INVALID_FIELDS",
  );
  assert.ok((await analytics.listTopProducts(ever)).products.length > 0);
});

test("a time zone that is none is INVALID_ARGUMENT, and so is an offset", async () => {
  for (const timeZone of ["Mars/Olympus", "+01", "-0500", "Europe"]) {
    assert.equal(await refusalOf(analytics.getSalesSummary({ timeZone })), {
      code: "InvalidArgument",
      reason: "INVALID_FIELDS",
      fields: ["time_zone"],
      metadata: {},
    });
  }
});

test("an unknown store is NOT_FOUND, and a period without a length INVALID_ARGUMENT", async () => {
  const storeId = newId();
  const { getSalesSummary, listTopProducts, listLowStock } = analytics;
  for (const call of [getSalesSummary, listTopProducts, listLowStock])
    assert.is(await reasonOf(call({ storeId })), "STORE_NOT_FOUND");
  const startTime = timestampFromMs(Date.now() + DAY_MS);
  for (const call of [getSalesSummary, listTopProducts])
    assert.equal((await refusalOf(call({ startTime }))).fields, ["start_time"]);
});

test("a day is read from its sums, and what they have not seen from its events, which are added to them once", async () => {
  const shop = await shopWith(api, { mug: 1 });
  const asked = { storeId: shop.storeId, startTime: at("2025-02-01T00:00:00Z"), endTime: at("2025-02-03T00:00:00Z") };
  const figures = async () => {
    const { confirmed } = await analytics.getSalesSummary(asked);
    const { products } = await analytics.listTopProducts(asked);
    return [confirmed, Number(products[0]?.quantitySold ?? 0)];
  };
  await sale(shop, "2025-02-01T10:00:00Z");
  await sumAll();
  assert.equal(await figures(), [1, 1]);
  await runSql(api.database, "UPDATE analytics.sales_of_quarters SET confirmed = 70 WHERE scope = $1", [shop.storeId]);
  await runSql(api.database, "UPDATE analytics.products_of_days SET quantity = 90 WHERE scope = $1", [shop.storeId]);
  assert.equal(await figures(), [70, 90]);
  const second = await sale(shop, "2025-02-01T11:00:00Z");
  assert.equal(await figures(), [71, 91]);
  await sumAll();
  assert.equal(await figures(), [71, 91]);
  await changePast(api.database, second, "CANCELLED");
  assert.equal(await figures(), [70, 90]);
  await sumAll();
  await sumAll();
  assert.equal(await figures(), [70, 90]);
});

test("sums that are to be made anew are not read before they are, and forget what they said", async () => {
  const shop = await shopWith(api, { mug: 1 });
  for (const hour of [10, 11, 12]) await sale(shop, `2025-01-05T${hour}:00:00Z`);
  await sumAll();
  await runSql(api.database, "UPDATE analytics.sales_of_quarters SET confirmed = 70 WHERE scope = $1", [shop.storeId]);
  await runSql(api.database, "DELETE FROM orders.relay_cursor WHERE name = 'sales'");
  const asked = { storeId: shop.storeId, startTime: at("2025-01-05T00:00:00Z"), endTime: at("2025-01-06T00:00:00Z") };
  do assert.is((await analytics.getSalesSummary(asked)).confirmed, 3);
  while ((await rollUp(api.database, 1)) > 0);
  assert.is((await analytics.getSalesSummary(asked)).confirmed, 3);
  assert.equal(await runSql(api.database, "SELECT from_id FROM analytics.summed"), [
    { from_id: "00000000-0000-0000-0000-000000000000" },
  ]);
});

test("what the release before has summed up goes without its cursor, so that old events are not kept for it", async () => {
  await runSql(api.database, "UPDATE analytics.progress SET summed_until = '2025-03-01'");
  await runSql(api.database, "INSERT INTO orders.relay_cursor (name, position) VALUES ('analytics', 1)");
  await sumAll();
  assert.equal(
    await runSql(api.database, "SELECT name FROM orders.relay_cursor WHERE name IN ('analytics', 'sales')"),
    [{ name: "sales" }],
  );
  assert.equal(await runSql(api.database, "SELECT summed_until::text FROM analytics.progress"), [
    { summed_until: "1970-01-01" },
  ]);
});

test("top products come the most sold first, as they were last called, and a page holds its period", async () => {
  const shop = await shopWith(api, { mug: 1 });
  const others = await shopWith(api, { mug: 1 });
  await sale(shop, "2025-04-01T10:00:00Z", { quantity: 2, title: "Old mug" });
  await sale(shop, "2025-04-01T11:00:00Z", { quantity: 3, title: "New mug" });
  await sale(others, "2025-04-01T12:00:00Z", { quantity: 4 });
  const asked = { startTime: at("2025-04-01T00:00:00Z"), endTime: at("2025-04-02T00:00:00Z"), pageSize: 1 };
  const first = await analytics.listTopProducts(asked);
  assert.equal(
    first.products.map(({ title, quantitySold, revenue }) => [title, quantitySold, revenue?.units, revenue?.nanos]),
    [["New mug", 5n, 12n, 500_000_000]],
  );
  const second = await analytics.listTopProducts({ ...asked, pageToken: first.nextPageToken });
  assert.equal(
    second.products.map(({ productId }) => productId),
    [others.products.mug],
  );
  assert.is(second.nextPageToken, "");
  for (const other of [
    { storeId: shop.storeId },
    { endTime: at("2025-04-03T00:00:00Z") },
    { startTime: at("2025-04-01T00:00:01Z") },
  ]) {
    assert.is(
      await reasonOf(analytics.listTopProducts({ ...asked, ...other, pageToken: first.nextPageToken })),
      "INVALID_PAGE_TOKEN",
    );
  }
});

test("low stock is what a store has fewer of than its threshold, the fewest first, page by page", async () => {
  const shop = await shopWith(api, { few: 2, none: 0, enough: 9, gone: 0 });
  const other = await shopWith(api, { plenty: 50, one: 1 });
  await runSql(api.database, "UPDATE inventory.stores SET low_stock_threshold = 9 WHERE id = $1", [shop.storeId]);
  await runSql(api.database, "UPDATE catalog.products SET deleted_at = now(), category_id = NULL WHERE id = $1", [
    shop.products.gone,
  ]);
  const mine = async (request: object) => {
    const titles: string[] = [];
    let pageToken = "";
    do {
      const { items, nextPageToken } = await analytics.listLowStock({ ...request, pageSize: 1, pageToken });
      titles.push(...items.map(({ title, quantity, threshold }) => `${title} ${quantity}/${threshold}`));
      pageToken = nextPageToken;
    } while (pageToken !== "");
    return titles;
  };
  assert.equal(await mine({ storeId: shop.storeId }), ["none 0/9", "few 2/9"]);
  assert.equal(await mine({ storeId: shop.storeId, threshold: 10 }), ["none 0/10", "few 2/10", "enough 9/10"]);
  assert.equal(await mine({ storeId: shop.storeId, threshold: 0 }), []);
  assert.equal(await mine({ storeId: other.storeId }), [], "a store without a threshold has nothing that is low");
  const everywhere = await mine({ threshold: 3 });
  assert.equal(
    everywhere.filter((title) => /none|few|one 1/.test(title)),
    ["none 0/3", "one 1/3", "few 2/3"],
  );
  const inactive = (table: string, id: unknown) =>
    runSql(api.database, `UPDATE catalog.${table} SET active = false WHERE id = $1`, [id]);
  await inactive("products", shop.products.few);
  const [{ category_id: category } = {}] = await runSql<{ category_id?: string }>(
    api.database,
    "SELECT category_id FROM catalog.products WHERE id = $1",
    [other.products.one],
  );
  await inactive("categories", category);
  assert.equal(
    (await mine({ threshold: 3 })).filter((title) => /none|few|one 1/.test(title)),
    ["none 0/3"],
  );
  const { nextPageToken } = await analytics.listLowStock({ threshold: 3, pageSize: 1 });
  assert.is(await reasonOf(analytics.listLowStock({ threshold: 4, pageToken: nextPageToken })), "INVALID_PAGE_TOKEN");
});

test.run();
