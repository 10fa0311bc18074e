/**
 * A store with a million orders lists them as fast as one with ten: at any depth, and by any status.
 *
 * Method: the orders by SQL; then the very statements that the repository sends, explained, so that what counts is the
 * rows that are read and not milliseconds, which a busy machine stretches.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Sequelize } from "sequelize";
import type { OrderStatus } from "../../src/domains/order/model.ts";
import { termsAsked } from "../../src/domains/order/find/search-terms.ts";
import { Orders } from "../../src/domains/order/orders.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { PageTokens } from "../../src/platform/wire/page-token.ts";

const MANY = 1_000_000;
const FEW = 10;
const CHUNK = 100_000;
/** A page of 20 reads one row more. */
const ROWS_OF_A_PAGE = 21;
const DEEP_PAGES = 30;

let database: Sequelize;
let orders: Orders;
const statements: string[] = [];
const large = newId();
const small = newId();
const user = newId();

test.before(async () => {
  database = openDatabase({
    url: process.env["TEST_DATABASE_OWNER_URL"] ?? "",
    pool: 1,
    name: "test",
    statementTimeoutMs: 0,
  });
  orders = new Orders(database, new PageTokens(Buffer.alloc(32)));
  await fill(large, MANY);
  await fill(small, FEW);
  await database.query("VACUUM ANALYZE orders.orders, orders.search");
  const listen = (sql: string) => void statements.push(sql.replace(/^Executing \(\w+\): /, ""));
  Object.assign(Reflect.get(database, "options"), { logging: listen });
});
test.after(() => database.close());

/** All are delivered but the oldest ten, which a scan from the newest finds last. */
async function fill(storeId: string, count: number): Promise<void> {
  await runSql(database, "INSERT INTO inventory.stores (id, name) VALUES ($1, $2)", [storeId, `Store of ${count}`]);
  for (let from = 1; from <= count; from += CHUNK) {
    await runSql(
      database,
      `INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, total, total_items, hold_expires_at)
       SELECT $1, ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, $2,
              CASE WHEN n <= 10 THEN 'PENDING' ELSE 'DELIVERED' END, 100, 100, 1, now() + interval '1 day'
       FROM generate_series($3::integer, $4::integer) n`,
      [storeId, user, from, Math.min(count, from + CHUNK - 1)],
    );
  }
  // Everybody is Ana, and one of four thousand is a Smith.
  await runSql(
    database,
    `INSERT INTO orders.search (store_id, order_id, terms)
     SELECT store_id, id, array_to_tsvector(ARRAY['#' || right(id::text, 8), '~ana'] || CASE WHEN right(id::text, 8) LIKE '%777' THEN ARRAY['~smith'] END)
     FROM orders.orders WHERE store_id = $1`,
    [storeId],
  );
}

interface Measured {
  rows: number;
  /** Rows that the plan's scans touched. */
  read: number;
}

/** The list as the RPC asks for it, and what its own statement reads. */
async function measure(
  storeId: string,
  { status, pages = 1 }: { status?: OrderStatus; pages?: number } = {},
): Promise<Measured> {
  let pageToken = "";
  let rows = 0;
  for (let page = 0; page < pages; page++) {
    const result = await orders.listOfStore({ storeId, status }, { pageSize: 0, pageToken });
    rows = result.rows.length;
    pageToken = result.nextPageToken;
  }
  const sql = statements.findLast((statement) => statement.includes('FROM "orders"."orders"'));
  return { rows, read: await readBy(sql ?? "") };
}

async function readBy(sql: string): Promise<number> {
  const [plan] = await runSql<{ "QUERY PLAN": [{ Plan: PlanNode }] }>(
    database,
    `EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`,
  );
  return plan === undefined ? Number.NaN : rowsRead(plan["QUERY PLAN"][0].Plan);
}

interface PlanNode {
  "Node Type": string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: PlanNode[];
}

function rowsRead(node: PlanNode): number {
  const own = node["Node Type"].includes("Scan")
    ? (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"]
    : 0;
  return (node.Plans ?? []).reduce((total, child) => total + rowsRead(child), own);
}

const cases: [what: string, wish: { status?: OrderStatus; pages?: number }, rows: number][] = [
  ["the first page", {}, 20],
  ["a page far down", { pages: DEEP_PAGES }, 20],
  ["a status that nearly all have", { status: "DELIVERED" }, 20],
  ["a status that only the oldest have", { status: "PENDING" }, 10],
  ["a status that none has", { status: "SHIPPED" }, 0],
];

for (const [what, wish, rows] of cases) {
  test(`of a million orders ${what} costs what it costs of ten`, async () => {
    const [many, few] = [await measure(large, wish), await measure(small, { ...wish, pages: 1 })];
    assert.is(many.rows, rows);
    assert.ok(many.read <= ROWS_OF_A_PAGE && few.read <= ROWS_OF_A_PAGE, JSON.stringify({ many, few }));
  });
}

const finds: [what: string, query: string, rows: number, mostRead: number][] = [
  ["one by the end of its id", "000f4240", 1, 4],
  // 244 of them: in the index, in the table, as found, and each by its key.
  ["those of a name that few have", "smit", 20, 4 * 250],
];

for (const [what, query, rows, mostRead] of finds) {
  test(`of a million orders a query finds ${what} without reading the others`, async () => {
    statements.length = 0;
    const page = await orders.listOfStore({ storeId: large, query }, { pageSize: 0, pageToken: "" });
    assert.is(page.rows.length, rows);
    const sent = statements.find((statement) => statement.includes("orders.search")) ?? "";
    const read = await readBy(
      withValues(sent, { 1: `'${termsAsked(query).replaceAll("'", "''")}'`, 5: `'${large}'`, 10: "21" }),
    );
    assert.ok(read > 0 && read <= mostRead, `${read} rows`);
  });
}

test("a customer's query reads his own orders, however many others have the word", async () => {
  const customer = newId();
  await runSql(database, "UPDATE orders.orders SET user_id = $1 WHERE store_id = $2", [customer, small]);
  statements.length = 0;
  const page = { pageSize: 0, pageToken: "" };
  assert.is((await orders.list({ query: "ana" }, page, { ownedBy: { user: customer } })).rows.length, FEW);
  const sent = statements.find((statement) => statement.includes("orders.search")) ?? "";
  const read = await readBy(
    withValues(sent, { 1: `'${termsAsked("ana").replaceAll("'", "''")}'`, 2: `'${customer}'`, 10: "21" }),
  );
  assert.ok(read > 0 && read <= 4 * FEW, `${read} rows`);
});

test("over all stores, a status that only the oldest have is found without reading the others", async () => {
  statements.length = 0;
  const page = await orders.list({ status: "PENDING" }, { pageSize: 0, pageToken: "" }, { ownedBy: "anybody" });
  assert.is(page.rows.length, 20);
  const sent = statements.filter(
    (statement) => statement.includes("orders.orders") || statement.includes('"orders"."orders"'),
  );
  assert.is(sent.length, 2);
  for (const sql of sent) {
    const read = await readBy(withValues(sql, { 1: "'PENDING'", 3: "21" }));
    assert.ok(read <= 4 * ROWS_OF_A_PAGE, `${read} rows by ${sql}`);
  }
});

/** The statement as it would read without parameters; those that are not named are NULL. */
function withValues(sql: string, values: Record<number, string>): string {
  const [text = ""] = sql.split("; with parameters");
  return text.replaceAll(/\$(\d+)/g, (_, number: string) => values[Number(number)] ?? "NULL");
}

test.run();
