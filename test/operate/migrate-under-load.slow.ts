/**
 * A release that is serving goes on while the next one migrates the tables under it, and afterwards.
 *
 * Method: this API stands for the release before, and migrations of the test's own for the next release. A report that
 * reads `orders.orders` in a long transaction keeps the migration from its lock for as long as the test wants.
 */
import path from "node:path";
import type { Sequelize, Transaction } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrate, migrator } from "../../src/platform/database/schema/migrate.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { thrown } from "../support/call.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";

const NEXT = path.join(import.meta.dirname, "next-release");
const ADDED = ["9001-gift-notes", "9002-gift-index"];
const STOCK = 1_000_000;

let api: TestApi;
let customer: Clients;
let shop: Shop<"mug">;
const ownerUrl = process.env["TEST_DATABASE_OWNER_URL"] ?? "";
const applicationUrl = process.env["TEST_DATABASE_URL"] ?? "";

test.before(async () => {
  api = await startTestApi();
  customer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  shop = await shopWith(api, { mug: STOCK });
});
test.after(() => api.stop());

/** Reads the orders, and goes on reading. @returns what ends it */
async function startReport(database: Sequelize): Promise<() => Promise<void>> {
  const transaction: Transaction = await database.transaction();
  await database.query("SELECT count(*) FROM orders.orders", { transaction });
  return () => transaction.rollback();
}

/** Orders until it is told to stop; a refusal ends it. @returns how many were confirmed */
async function orderUntil(stop: AbortSignal): Promise<number> {
  for (let placed = 0; ; placed++) {
    if (stop.aborted) return placed;
    await customer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), requestId: newId() });
  }
}

async function columns(): Promise<string[]> {
  const rows = await runSql<{ name: string }>(
    api.database,
    "SELECT column_name AS name FROM information_schema.columns WHERE column_name IN ('gift_note', 'shelf') ORDER BY 1",
  );
  return rows.map(({ name }) => name);
}

test("callers order on while a migration waits for its table, when it is done, and while an index is built", async () => {
  const stop = new AbortController();
  const buyers = Array.from({ length: 4 }, () => orderUntil(stop.signal));
  const endReport = await startReport(api.database);
  const waits = Promise.withResolvers<void>();
  let lines = 0;
  const done = migrate(ownerUrl, applicationUrl, {
    folder: NEXT,
    onWaiting: () => (++lines === 2 ? waits.resolve() : undefined),
  });
  await Promise.race([waits.promise, done]);
  const meanwhile = await columns().finally(endReport);
  assert.equal(meanwhile, []);
  assert.equal(await done, ADDED);
  assert.equal(await columns(), ["gift_note", "shelf"]);
  stop.abort();
  const placed = (await Promise.all(buyers)).reduce((sum, count) => sum + count, 0);
  assert.ok(placed > 0);
  assert.is(await shop.quantity("mug"), STOCK - placed);
  assert.equal(await brokenInvariants(api.database, shop), []);
  await migrator(api.database, NEXT).down({ to: ADDED[0] ?? "" });
});

test("a migration that waited as long as it takes would stop every order", async () => {
  const other = openDatabase({ url: ownerUrl, pool: 1, name: "test without lock_timeout", statementTimeoutMs: 0 });
  const endReport = await startReport(api.database);
  const altered = other.query("ALTER TABLE orders.orders ADD COLUMN gift_note text");
  const isWaiting = () =>
    runSql<{ pid: number }>(
      api.database,
      "SELECT pid FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'",
    );
  while ((await isWaiting()).length === 0);
  const order = customer.order.placeOrder(
    { storeId: shop.storeId, items: shop.items({ mug: 1 }) },
    { timeoutMs: 2_000 },
  );
  const { code } = await refusalOf(order).finally(endReport);
  assert.is(code, "DeadlineExceeded");
  await altered;
  await other.query("ALTER TABLE orders.orders DROP COLUMN gift_note");
  await other.close();
});

test("a migration that never gets its lock says so, and leaves nothing behind", async () => {
  const endReport = await startReport(api.database);
  const refused = await thrown(migrate(ownerUrl, applicationUrl, { folder: NEXT, lockTries: 2 })).finally(endReport);
  assert.match(String(refused), /9001-gift-notes did not get its locks in 2 tries/);
  assert.equal(await columns(), []);
});

test("of two that migrate at once, one runs each step and the other finds it done", async () => {
  const both = await Promise.all([1, 2].map(() => migrate(ownerUrl, applicationUrl, { folder: NEXT })));
  assert.equal(
    both.toSorted((a, b) => b.length - a.length),
    [ADDED, []],
  );
  await migrator(api.database, NEXT).down({ to: ADDED[0] ?? "" });
});

test.run();
