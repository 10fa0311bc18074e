/**
 * How many orders stand where, and which stores run out: as the tables have it, counted in another way.
 *
 * Method: two weeks of orders in three stores and every status; the RPCs' figures against plain SQL.
 */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { orderStatuses } from "../../src/domains/analytics/order-counter.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { firstIdAt, newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";
import { placeTwoWeeks } from "./two-weeks.ts";

const DAY_MS = 86_400_000;
const nowMs = Date.now();

let api: TestApi;
let analytics: Clients["analytics"];
let stores: { storeId: string; name: string }[];

test.before(async () => {
  api = await startTestApi();
  analytics = api.clients({ token: (await api.signUp("ADMIN")).token }).analytics;
  stores = await placeTwoWeeks(api.database, nowMs);
});
test.after(() => api.stop());

/** Of the whole table, in one plain statement. */
async function counted(startMs: number, storeId: string | undefined): Promise<Map<string, number>> {
  const rows = await runSql<{ status: string; count: number }>(
    api.database,
    `SELECT status, count(*)::int AS count FROM orders.orders
     WHERE id >= $1 AND id < $2 AND ($3::uuid IS NULL OR store_id = $3) GROUP BY status`,
    [firstIdAt(startMs), firstIdAt(nowMs), storeId ?? null],
  );
  return new Map(rows.map(({ status, count }) => [status, count]));
}

for (const days of [1, 3, 14]) {
  test(`orders of ${days} days are counted by status, of all stores and of each`, async () => {
    for (const storeId of [undefined, ...stores.map((store) => store.storeId)]) {
      const startMs = nowMs - days * DAY_MS;
      const period = { startTime: timestampFromMs(startMs), endTime: timestampFromMs(nowMs) };
      const { counts } = await analytics.getOrderCounts({ ...period, storeId: storeId ?? "" });
      const expected = await counted(startMs, storeId);
      assert.equal(
        counts.map(({ status, count }) => [status, count]),
        orderStatuses.map((status) => [OrderStatus[status], expected.get(status) ?? 0]),
      );
      assert.ok(days === 1 || counts.every(({ count }) => count > 0));
    }
  });
}

test("orders on hold count whenever they were placed", async () => {
  const held = await runSql(api.database, "SELECT FROM orders.orders WHERE status = 'PENDING'");
  assert.is((await analytics.getOrderCounts({})).heldCount, held.length);
  assert.ok(held.length > 10);
  const [first] = stores;
  const ofStore = await runSql(api.database, "SELECT FROM orders.orders WHERE status = 'PENDING' AND store_id = $1", [
    first?.storeId,
  ]);
  assert.is((await analytics.getOrderCounts({ storeId: first?.storeId ?? "" })).heldCount, ofStore.length);
});

test("a store that is not there, and a period that ends before it begins, are refused", async () => {
  assert.is(await reasonOf(analytics.getOrderCounts({ storeId: newId() })), "STORE_NOT_FOUND");
  assert.is(await reasonOf(analytics.listLowStockStores({ storeId: newId() })), "STORE_NOT_FOUND");
  const backwards = { startTime: timestampFromMs(nowMs), endTime: timestampFromMs(nowMs - 1_000) };
  assert.is(await reasonOf(analytics.getOrderCounts(backwards)), "INVALID_FIELDS");
});

test("stores that run out are counted as their products are listed, those with the most first, page by page", async () => {
  const seen: [string, number, number][] = [];
  for (let pageToken = ""; ;) {
    const page = await analytics.listLowStockStores({ pageSize: 1, pageToken });
    seen.push(
      ...page.stores.map((store): [string, number, number] => [store.storeName, store.lowCount, store.soldOutCount]),
    );
    ({ nextPageToken: pageToken } = page);
    if (pageToken === "") break;
  }
  // The first store has no threshold.
  assert.equal(seen, [
    ["Old Town", 3, 1],
    ["Harbour", 2, 1],
  ]);
  for (const [name, low] of seen) {
    const storeId = stores.find((store) => store.name === name)?.storeId ?? "";
    assert.is((await analytics.listLowStock({ storeId })).items.length, low);
  }
});

test("a product that is not for sale makes no store run out", async () => {
  const [, , third] = stores;
  const low = async () => (await analytics.listLowStockStores({ storeId: third?.storeId ?? "" })).stores[0]?.lowCount;
  assert.is(await low(), 3);
  const cups = "title = 'cup' AND id IN (SELECT product_id FROM inventory.stock WHERE store_id = $1)";
  await runSql(api.database, `UPDATE catalog.products SET active = false WHERE ${cups}`, [third?.storeId]);
  assert.is(await low(), 2);
  await runSql(api.database, `UPDATE catalog.products SET active = true WHERE ${cups}`, [third?.storeId]);
});

test.run();
