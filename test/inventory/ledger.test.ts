/**
 * The ledger as it is listed: newest first, by every filter, page by page, and by an index however long it is.
 *
 * Method: movements of two stores with known times; and the statements' own plans over a ledger of a hundred thousand.
 */
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { StockMovementKind } from "../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { type MovementFilter, movementsStatement } from "../../src/domains/inventory/stock-ledger.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { firstIdAt, newId, timeOfId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

let api: TestApi;
let boss: TestUser;
let admin: Clients;
let north: Shop<"mug" | "cup">;
let south: Shop<"bowl">;

test.before(async () => {
  api = await startTestApi();
  boss = await api.signUp("ADMIN");
  admin = api.clients({ token: boss.token });
  north = await shopWith(api, { mug: 10, cup: 10 });
  south = await shopWith(api, { bowl: 10 });
  await admin.inventory.adjustStock({
    storeId: north.storeId,
    productId: north.products.mug,
    delta: 2,
    reason: "found",
  });
  await admin.inventory.transferStock({
    fromStoreId: north.storeId,
    toStoreId: south.storeId,
    productId: north.products.cup,
    quantity: 3,
  });
  await admin.order.placeOrder({ storeId: north.storeId, items: north.items({ mug: 1, cup: 2 }) });
});
test.after(() => api.stop());

const { RECEIPT, ADJUSTMENT, TRANSFER, SALE } = StockMovementKind;

async function listed(
  request: Parameters<Clients["inventory"]["listStockMovements"]>[0],
): Promise<[StockMovementKind, number][]> {
  const { movements } = await admin.inventory.listStockMovements({ pageSize: 100, ...request });
  return movements.map(({ kind, delta }) => [kind, delta]);
}

test("a store's movements come newest first, with cause, actor and time", async () => {
  const { storeId, products } = north;
  assert.equal((await listed({ storeId })).slice(2), [
    [TRANSFER, -3],
    [ADJUSTMENT, 2],
    [RECEIPT, 10],
    [RECEIPT, 10],
  ]);
  const { movements } = await admin.inventory.listStockMovements({ storeId, kind: ADJUSTMENT });
  const [found] = movements;
  assert.equal([found?.reason, found?.actorId, found?.productId, found?.orderId], ["found", boss.id, products.mug, ""]);
  assert.ok(Math.abs(Number(found?.createTime?.seconds) * 1_000 - Date.now()) < 60_000);
});

test("filters combine, over one store and over all", async () => {
  const { storeId, products } = north;
  assert.equal(await listed({ productId: products.cup }), [
    [SALE, -2],
    [TRANSFER, 3],
    [TRANSFER, -3],
    [RECEIPT, 10],
  ]);
  assert.equal(await listed({ productId: products.cup, storeId: south.storeId }), [[TRANSFER, 3]]);
  assert.equal(await listed({ storeId, kind: SALE, productId: products.mug }), [[SALE, -1]]);
  const { movements } = await admin.inventory.listStockMovements({ storeId, kind: SALE });
  const orderId = movements[0]?.orderId;
  assert.equal(
    (await listed({ orderId })).map(([kind]) => kind),
    [SALE, SALE],
  );
  assert.equal(await listed({ orderId: orderId?.toUpperCase(), productId: products.mug }), [[SALE, -1]]);
  assert.equal(await listed({ orderId: newId() }), []);
});

test("the start of a period is in it, its end is not", async () => {
  const { movements } = await admin.inventory.listStockMovements({ storeId: north.storeId, kind: ADJUSTMENT });
  const atMs = timeOfId(movements[0]?.id ?? "").getTime();
  const within = (startMs: number, endMs: number) =>
    listed({
      storeId: north.storeId,
      kind: ADJUSTMENT,
      startTime: timestampFromMs(startMs),
      endTime: timestampFromMs(endMs),
    });
  assert.is((await within(atMs, atMs + 1)).length, 1);
  assert.is((await within(atMs - 1, atMs)).length, 0);
  assert.is((await within(atMs + 1, atMs + 2)).length, 0);
  assert.is(await reasonOf(within(atMs, atMs)), "INVALID_FIELDS");
});

test("pages over all stores neither skip nor repeat, and a token belongs to its query", async () => {
  const all = (await admin.inventory.listStockMovements({ pageSize: 100 })).movements.map(({ id }) => id);
  const seen: string[] = [];
  let pageToken = "";
  do {
    const page = await admin.inventory.listStockMovements({ pageSize: 3, pageToken });
    seen.push(...page.movements.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.equal(seen, all);
  assert.equal(seen, seen.toSorted().toReversed());
  const { nextPageToken } = await admin.inventory.listStockMovements({ pageSize: 1 });
  assert.is(
    await reasonOf(admin.inventory.listStockMovements({ pageToken: nextPageToken, kind: SALE })),
    "INVALID_PAGE_TOKEN",
  );
});

test("the ledger of a store that never was is refused; that of a deleted one stays, whatever it is filtered by", async () => {
  assert.is(await reasonOf(admin.inventory.listStockMovements({ storeId: newId() })), "STORE_NOT_FOUND");
  const { store } = await admin.inventory.createStore({ store: { name: `Short-lived ${newId()}` } });
  const storeId = store?.id ?? "";
  assert.equal(await listed({ storeId }), []);
  const key = { storeId, productId: north.products.mug };
  await admin.inventory.setStock({ ...key, quantity: 2 });
  await admin.inventory.setStock({ ...key, quantity: 0 });
  await admin.inventory.deleteStore({ id: storeId });
  assert.equal(await listed({ storeId }), [
    [ADJUSTMENT, -2],
    [ADJUSTMENT, 2],
  ]);
  assert.equal(await listed({ storeId, kind: SALE }), []);
});

test("a page of a ledger of a hundred thousand reads a few hundred rows of an index, by whatever it is filtered", async () => {
  await runSql(
    api.database,
    `INSERT INTO inventory.movements (store_id, id, product_id, kind, delta, order_id)
     SELECT $1, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, 'SALE', -1, gen_random_uuid()
     FROM generate_series(1, 100000) n`,
    [north.storeId, north.products.mug],
  );
  await runSql(api.database, "ANALYZE inventory.movements");
  const none: MovementFilter = {
    storeId: undefined,
    productId: undefined,
    kind: undefined,
    orderId: undefined,
    startMs: undefined,
    endMs: undefined,
  };
  const filters: Partial<MovementFilter>[] = [
    {},
    { storeId: north.storeId },
    { productId: north.products.cup },
    { storeId: north.storeId, productId: north.products.cup },
    { kind: "TRANSFER" },
    { storeId: north.storeId, kind: "TRANSFER" },
    { orderId: newId() },
    { startMs: Date.now() - 60_000 },
  ];
  const deep = firstIdAt(0x019000000000 + 1);
  for (const filter of filters) {
    for (const before of [undefined, deep]) {
      const { sql, bind } = movementsStatement({ ...none, ...filter }, { before, limit: 21 });
      const read = await rowsRead(sql, bind);
      assert.ok(read < 500, `${JSON.stringify(filter)}: ${read} rows`);
    }
  }
});

interface PlanNode {
  "Node Type": string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: PlanNode[];
}

/** Rows that the plan touched in all its scans. */
async function rowsRead(sql: string, bind: unknown[]): Promise<number> {
  const [row] = await runSql<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    api.database,
    `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
    bind,
  );
  const sum = (node: PlanNode): number => {
    const own = node["Node Type"].includes("Scan")
      ? (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"]
      : 0;
    return (node.Plans ?? []).reduce((total, child) => total + sum(child), own);
  };
  return row === undefined ? Number.NaN : sum(row["QUERY PLAN"][0].Plan);
}

test.run();
