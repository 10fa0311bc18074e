/**
 * Analytics over the orders of the last 30 days, two lines each, in 25 stores with 1,200 products: what an admin
 * waits who is alone, before the worker has summed any day up and after.
 *
 * BENCH_ORDERS (200,000) makes it larger; BENCH_SAMPLES (40) is how often each question is asked.
 */
import type { Sequelize } from "sequelize";
import { AnalyticsService } from "../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { sumNextDay, sumsConsumer } from "../../src/analytics/sums.ts";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { startConsumers } from "../../src/outbox/outbox.ts";
import { execute, openDatabase } from "../../src/platform/database.ts";
import { migrate } from "../../src/platform/migrate.ts";
import { currencyOf } from "../../src/platform/money.ts";
import { progressBar } from "../../src/seed/progress.ts";
import { seed } from "../../src/seed/seed.ts";
import { latencies, type Row } from "./measured.ts";
import { type ApiUnderLoad, SERVE, startProcess } from "./stage.ts";
import { runFolder, tell } from "./tell.ts";

const ORDERS = Number(process.env["BENCH_ORDERS"] ?? 200_000);
const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 40);
const CHUNK = 50_000;
const DAYS = 30;
const DAY_MS = 86_400_000;
const PASSWORD = "bodega-dev";

const endMs = Date.now();
const startTime = new Date(endMs - DAYS * DAY_MS).toISOString();
/** The third store of the seed is as good as any. */
const questions = (storeId: string): [name: string, rpc: string, request: object][] => [
  ["a day by minute", "GetSalesSummary", { granularity: "SALES_GRANULARITY_MINUTE" }],
  ["a day by minute, one store", "GetSalesSummary", { granularity: "SALES_GRANULARITY_MINUTE", storeId }],
  ["a month by day, in Kathmandu", "GetSalesSummary", { granularity: "SALES_GRANULARITY_DAY", startTime, timeZone: "Asia/Kathmandu" }],
  ["a month by day, one store", "GetSalesSummary", { granularity: "SALES_GRANULARITY_DAY", startTime, storeId }],
  ["top products over 30 days", "ListTopProducts", {}],
  ["top products over 30 days, one store", "ListTopProducts", { storeId }],
  ["low stock", "ListLowStock", { threshold: 50 }],
];

/** $1 and $2 from which order to which, $3 when the last one was placed, $4 the milliseconds between two. */
const ORDERS_SQL = `
  WITH shop AS MATERIALIZED (
    SELECT (SELECT array_agg(id) FROM inventory.stores) AS stores, (SELECT array_agg(id) FROM catalog.products) AS products
  ), o AS MATERIALIZED (
    SELECT n, s.products, s.stores[1 + floor(random() * cardinality(s.stores))::integer] AS store_id,
           (lpad(to_hex(($3::float8 - n * $4::float8)::bigint), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid AS id,
           CASE WHEN n % 20 = 0 THEN 'REJECTED' WHEN n % 33 = 0 THEN 'CANCELLED' WHEN n % 3 = 0 THEN 'CONFIRMED' ELSE 'DELIVERED' END AS status
    FROM shop s, generate_series($1::integer, $2::integer) n
  ), placed AS (
    INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, total, total_items)
    SELECT store_id, id, id, id, status, 3000, 3000, 2 FROM o
  )
  INSERT INTO orders.items (store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total)
  SELECT store_id, id, line, products[1 + floor(random() * random() * cardinality(products))::integer], 'SKU', 'Title', line, 1000, line * 1000
  FROM o, generate_series(1, 2) line`;

const dataDir = runFolder();
const embedded = await startEmbedded({ dataDir, postgres: true, redis: false, temporary: true, log: console.error });
const databaseUrl = embedded.databaseOwnerUrl ?? "";
const database = openDatabase({ url: databaseUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
try {
  const storeId = await furnish(database);
  const api = await startProcess(SERVE, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, WORKERS: "1" });
  try {
    const live = await ask(api, storeId, "order by order");
    const secondsADay = await sumUp(database);
    const summed = await ask(api, storeId, "summed up");
    tell({
      id: "analytics",
      title: "Analytics",
      method:
        `${ORDERS} orders of the last ${DAYS} days with two lines each, 25 stores, 1,200 products; each question ${SAMPLES} times by JSON, one at a time, before the worker has ` +
        `summed any day up and after. Summing up a day took the worker ${secondsADay.toFixed(2)} s.`,
      rows: live.flatMap((row, index) => {
        const after = summed[index];
        return after === undefined ? [row] : [row, { ...after, yardstick: row.name }];
      }),
    });
  } finally {
    await api.stop();
  }
} finally {
  await database.close();
  await embedded.stop();
}

/** @returns one of the stores */
async function furnish(owned: Sequelize): Promise<string> {
  await migrate(databaseUrl);
  await seed({ database: owned, password: PASSWORD, currency: currencyOf("USD") });
  const onProgress = progressBar("Ordering");
  for (let from = 0; from < ORDERS; from += CHUNK) {
    await execute(owned, ORDERS_SQL, [from, Math.min(from + CHUNK, ORDERS) - 1, endMs, (DAYS * DAY_MS) / ORDERS]);
    onProgress(Math.min(from + CHUNK, ORDERS), ORDERS);
  }
  await owned.query("VACUUM ANALYZE");
  const [store] = await execute<{ id: string }>(owned, "SELECT id FROM inventory.stores ORDER BY name LIMIT 1 OFFSET 2");
  return store?.id ?? "";
}

/** @returns seconds a day */
async function sumUp(owned: Sequelize): Promise<number> {
  await startConsumers(owned, [sumsConsumer(owned).name]);
  const startMs = performance.now();
  let days = 0;
  while ((await sumNextDay(owned)) > 0) days++;
  const seconds = (performance.now() - startMs) / 1_000 / days;
  await owned.query("VACUUM ANALYZE");
  return seconds;
}

async function ask(api: ApiUnderLoad, storeId: string, how: string): Promise<Row[]> {
  const { tokens } = await call(api, { path: `${IdentityService.typeName}/Login`, body: { login: "admin@bodega.example", password: PASSWORD } });
  const token = String(Reflect.get(Object(tokens), "accessToken"));
  const rows: Row[] = [];
  for (const [name, rpc, body] of questions(storeId)) {
    const times: number[] = [];
    for (let n = 0; n < SAMPLES; n++) {
      const startMs = performance.now();
      await call(api, { path: `${AnalyticsService.typeName}/${rpc}`, body, token });
      times.push((performance.now() - startMs) * 1_000);
    }
    rows.push({ name: `${name}, ${how}`, rounds: [latencies(times)] });
  }
  return rows;
}

async function call({ port }: ApiUnderLoad, { path: rpc, body, token }: { path: string; body: object; token?: string }): Promise<Record<string, unknown>> {
  const headers = { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(`http://127.0.0.1:${port}/${rpc}`, { method: "POST", headers, body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  if (!response.ok || typeof answer !== "object" || answer === null) throw new Error(JSON.stringify(answer));
  return { ...answer };
}
