/**
 * Ready for shards by store: keys begin with store_id, and PlaceOrder's statements carry it.
 *
 * Method: the keys are read from PostgreSQL's catalog, the statements from what PostgreSQL itself has counted
 * (pg_stat_statements) while one RPC was called. A statement carries the store for a table when it compares the
 * table's store_id, or writes it. What reads without it is told too, so that docs/scale.md cannot promise more.
 */
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { read, tableOf } from "../docs/markdown.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { statusName } from "../support/order-status.ts";
import { type Shop, shopWith } from "../support/shop.ts";

/** To be distributed by store_id. */
const SHARDED = ["inventory.stock", "inventory.movements", "orders.orders", "orders.items", "orders.outbox"];
/** Small, and on every shard. */
const EVERYWHERE = new Set(["inventory.stores", "catalog.products", "orders.promotions"]);

let api: TestApi;
let admin: Sequelize;
let buyer: Clients;
let manager: Clients;
let shop: Shop<"mug" | "jug">;

test.before(async () => {
  api = await startTestApi();
  admin = openDatabase({ url: process.env["TEST_DATABASE_ADMIN_URL"] ?? "", pool: 1, name: "test" });
  await admin.query("CREATE EXTENSION pg_stat_statements");
  buyer = api.clients(await api.signUp("CUSTOMER"));
  manager = api.clients(await api.signUp("ADMIN"));
  shop = await shopWith(api, { mug: 100, jug: 2 });
});
test.after(async () => {
  await Promise.all([api.stop(), admin.close()]);
});

/** What PostgreSQL was asked by the product while `work` ran, about tables that would be sharded. */
async function statementsOf(work: () => Promise<unknown>): Promise<string[]> {
  const ours = "dbid = (SELECT oid FROM pg_database WHERE datname = current_database())";
  await runSql(admin, "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = current_database()");
  await work();
  const role = new URL(api.config.databaseUrl).username;
  const rows = await runSql<{ query: string }>(
    admin,
    `SELECT query FROM pg_stat_statements WHERE ${ours} AND userid = $1::regrole`,
    [role],
  );
  return rows
    .map(({ query }) => query.replaceAll('"', "").replace(/\s+/g, " "))
    .filter((query) => SHARDED.some((table) => query.includes(table)));
}

/** The sharded tables that the statement touches without naming the store. */
function withoutStore(statement: string): string[] {
  return SHARDED.filter((table) => {
    const name = table.replace(".", "\\.");
    const written = [...statement.matchAll(new RegExp(`INSERT INTO ${name}\\b(?: AS \\w+)? \\((\\w+)`, "g"))].map(
      ([, first]) => first,
    );
    const read = [
      ...statement.matchAll(
        new RegExp(
          `(?:FROM|JOIN|UPDATE) ${name}\\b(?: AS)?(?: (?!WHERE|SET|ON|ORDER|JOIN|LEFT|CROSS|LIMIT)(\\w+))?`,
          "g",
        ),
      ),
    ];
    const mentions = [...statement.matchAll(new RegExp(`${name}\\b`, "g"))].length;
    if (written.length + read.length !== mentions) throw new Error(`not understood: ${statement}`);
    return written.some((first) => first !== "store_id") || read.some(([, alias]) => !compares(statement, alias));
  });
}

/** With a value, or with another row's store_id; a comparison with the table of all stores names none of them. */
function compares(statement: string, alias: string | undefined): boolean {
  const column = alias === undefined ? "(?<!\\.)\\bstore_id" : `\\b${alias}\\.store_id`;
  const patterns = [
    `${column} (?:IN \\(|= (?:\\$|'|\\w+\\.store_id))`,
    `\\.store_id = ${column}`,
    `\\(${column}, [^)]*\\) =`,
  ];
  return patterns.some((pattern) => new RegExp(pattern).test(statement));
}

test("the key of each table that would be sharded begins with store_id", async () => {
  const rows = await runSql<{ name: string; first: string }>(
    admin,
    `SELECT i.indrelid::regclass::text AS name, a.attname AS first FROM pg_index i
     JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indisprimary AND i.indrelid = ANY($1::regclass[]) ORDER BY 1`,
    [SHARDED],
  );
  assert.equal(
    rows,
    SHARDED.toSorted().map((name) => ({ name, first: "store_id" })),
  );
});

test("every unique index of theirs holds store_id, but for the one that scale.md names", async () => {
  const rows = await runSql<{ name: string }>(
    admin,
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i
     WHERE i.indisunique AND i.indrelid = ANY($1::regclass[]) AND NOT EXISTS (
       SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND a.attname = 'store_id')`,
    [SHARDED],
  );
  assert.equal(
    rows.map(({ name }) => name),
    ["orders.outbox_position"],
  );
  assert.match(read("docs/scale.md"), /`outbox_position`/);
});

test("a foreign key between two of them compares store with store; all others lead to what is on every shard", async () => {
  const rows = await runSql<{ name: string; from: string; to: string; pairs: string[] }>(
    admin,
    `SELECT conname AS name, conrelid::regclass::text AS from, confrelid::regclass::text AS to,
            array(SELECT a.attname || '=' || b.attname FROM unnest(conkey, confkey) AS k(a, b)
                  JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = k.a
                  JOIN pg_attribute b ON b.attrelid = confrelid AND b.attnum = k.b) AS pairs
     FROM pg_constraint WHERE contype = 'f' AND (conrelid = ANY($1::regclass[]) OR confrelid = ANY($1::regclass[]))`,
    [SHARDED],
  );
  assert.ok(rows.length >= 5);
  for (const { name, from, to, pairs } of rows) {
    assert.ok(SHARDED.includes(from), `${name} leads from ${from}, which is not sharded`);
    assert.ok(
      EVERYWHERE.has(to) || (SHARDED.includes(to) && pairs.includes("store_id=store_id")),
      `${name} leads to ${to}`,
    );
  }
});

test("every statement of PlaceOrder on these tables carries store_id, but the count of a customer's open holds: confirmed, rejected, on hold, repeated, never stocked", async () => {
  const { storeId } = shop;
  const elsewhere = await shopWith(api, { pot: 1 });
  const outcomes: string[] = [];
  const place = async (items: { productId: string; quantity: number }[], more: object = {}) => {
    outcomes.push(statusName((await buyer.order.placeOrder({ storeId, items, ...more })).order?.status));
  };
  const statements = await statementsOf(async () => {
    await place(shop.items({ mug: 2, jug: 1 }));
    await place(shop.items({ jug: 50 }));
    await place(shop.items({ mug: 1 }), { hold: durationFromMs(60_000) });
    const requestId = crypto.randomUUID();
    await place(shop.items({ mug: 1 }), { requestId });
    await place(shop.items({ mug: 1 }), { requestId });
    await place([{ productId: elsewhere.products.pot, quantity: 1 }]);
  });
  assert.equal(outcomes, ["CONFIRMED", "REJECTED", "PENDING", "CONFIRMED", "CONFIRMED", "REJECTED"]);
  assert.equal(
    new Set(statements.flatMap((text) => SHARDED.filter((table) => text.includes(table)))),
    new Set(SHARDED),
  );
  // A customer's holds may be in any store: this one asks every shard, and orders without a hold do not ask it.
  const asksAll = statements.filter((text) => withoutStore(text).length > 0);
  assert.is(asksAll.length, 1, asksAll.join("\n"));
  assert.match(asksAll[0] ?? "", /^SELECT user_id, count\(\*\)::int AS count FROM orders\.orders/);
  assert.match(read("docs/scale.md"), /open holds/);
});

/** What each does on tables that would be sharded, by an order that exists. */
const calls: Record<string, (id: string) => Promise<unknown>> = {
  GetOrder: (id) => buyer.order.getOrder({ id }),
  ListOrders: () => buyer.order.listOrders({}),
  ListStoreOrders: () => manager.order.listStoreOrders({ storeId: shop.storeId }),
  CancelOrder: (id) => buyer.order.cancelOrder({ id }),
  ListInventory: () => buyer.inventory.listInventory({ storeId: shop.storeId }),
  AdjustStock: () =>
    manager.inventory.adjustStock({ storeId: shop.storeId, productId: shop.products.mug, delta: 5, reason: "test" }),
  GetStock: () => buyer.inventory.getStock({ productId: shop.products.mug }),
};

test("what asks every shard is what scale.md says, and nothing more", async () => {
  const told = Object.fromEntries(
    tableOf(read("docs/scale.md"), "RPC").map(([rpc = "", shards = ""]) => [rpc.replaceAll("`", ""), shards]),
  );
  for (const [rpc, call] of Object.entries(calls)) {
    const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    const statements = await statementsOf(() => call(order?.id ?? ""));
    assert.ok(statements.length > 0, rpc);
    const crosses = statements.some((text) => withoutStore(text).length > 0);
    assert.is(told[rpc], crosses ? "all" : "one", rpc);
  }
});

test.run();
