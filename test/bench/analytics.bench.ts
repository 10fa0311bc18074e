/**
 * Analytics over the orders of the last 30 days, and over one day on which far more was sold: what an admin waits who is
 * alone, order by order and by the sums; and what a cancellation costs him who asks and the worker that sums up.
 *
 * By turns: the sums are out of sight while their cursor has another name. BENCH_ORDERS (200,000) and BENCH_DAY_ORDERS
 * (500,000) make it larger; BENCH_SAMPLES (12) is how often each question is asked in a round.
 */
import type { Sequelize } from "sequelize";
import { AnalyticsService } from "../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { rollUp } from "../../src/domains/analytics/daily-rollup.ts";
import { startEmbedded } from "../../src/development/embedded/start.ts";
import { assignPositions } from "../../src/outbox/outbox.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { firstIdAt } from "../../src/platform/wire/uuid.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { seed } from "../../src/development/seed/seed.ts";
import { cancelMany, placeMany } from "./bulk-orders.ts";
import { sumDayAnew } from "./day-anew.ts";
import { byTurns, latencies, type Measured, type Row, type Subject } from "./measured.ts";
import { type ApiUnderLoad, SERVE, startProcess } from "./stage.ts";
import { runFolder, tell } from "./tell.ts";

const ORDERS = Number(process.env["BENCH_ORDERS"] ?? 200_000);
const DAY_ORDERS = Number(process.env["BENCH_DAY_ORDERS"] ?? 500_000);
const SAMPLES = Number(process.env["BENCH_SAMPLES"] ?? 12);
const DAYS = 30;
const DAY_MS = 86_400_000;
const PASSWORD = "bodega-dev";
const CANCELLED = 3;
const NEW = 1_000;

const endMs = Date.now();
const startTime = new Date(endMs - DAYS * DAY_MS).toISOString();
/** Long before the 30 days. */
const busyMs = endMs - (endMs % DAY_MS) - 2 * DAYS * DAY_MS;
const busyIds = { fromId: firstIdAt(busyMs), untilId: firstIdAt(busyMs + DAY_MS) };
const busy = { startTime: new Date(busyMs).toISOString(), endTime: new Date(busyMs + DAY_MS).toISOString() };
const BUSY = `a day of ${DAY_ORDERS} orders`;

type Question = [name: string, rpc: string, request: object];
/** The third store of the seed is as good as any. */
const questions = (storeId: string): Question[] => [
  ["a day by minute", "GetSalesSummary", { granularity: "SALES_GRANULARITY_MINUTE" }],
  ["a day by minute, one store", "GetSalesSummary", { granularity: "SALES_GRANULARITY_MINUTE", storeId }],
  [
    "a month by day, in Kathmandu",
    "GetSalesSummary",
    { granularity: "SALES_GRANULARITY_DAY", startTime, timeZone: "Asia/Kathmandu" },
  ],
  ["a month by day, one store", "GetSalesSummary", { granularity: "SALES_GRANULARITY_DAY", startTime, storeId }],
  ["top products over 30 days", "ListTopProducts", {}],
  ["top products over 30 days, one store", "ListTopProducts", { storeId }],
  ["low stock", "ListLowStock", { threshold: 50 }],
];
const busyQuestions: Question[] = [
  [`${BUSY} by hour`, "GetSalesSummary", busy],
  [`top products of ${BUSY}`, "ListTopProducts", busy],
];

const dataDir = runFolder();
const embedded = await startEmbedded({ dataDir, postgres: true, redis: false, temporary: true, log: console.error });
const databaseUrl = embedded.databaseOwnerUrl ?? "";
const database = openDatabase({ url: databaseUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
try {
  const storeId = await furnish(database);
  const secondsOfOrders = await seconds(sumAll);
  await database.query("VACUUM ANALYZE");
  const api = await startProcess(SERVE, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, WORKERS: "1" });
  try {
    const token = await signIn(api);
    const rows = await byTurns([
      ...questions(storeId).flatMap((question) => [live(api, token, question), summed(api, token, question)]),
      ...busyQuestions.flatMap((question) => [
        live(api, token, question),
        summed(api, token, question),
        afterCancellations(api, token, question),
      ]),
      ...rounds(),
    ]);
    tell({
      id: "analytics",
      title: "Analytics",
      method: methodOf(rows, secondsOfOrders),
      rows,
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
  await placeMany(owned, ORDERS, { endMs, spanMs: DAYS * DAY_MS });
  await placeMany(owned, DAY_ORDERS, { endMs: busyMs + DAY_MS - 1, spanMs: DAY_MS - 1_000 });
  await owned.query("VACUUM ANALYZE");
  const [store] = await runSql<{ id: string }>(owned, "SELECT id FROM inventory.stores ORDER BY name LIMIT 1 OFFSET 2");
  return store?.id ?? "";
}

async function sumAll(): Promise<void> {
  while ((await rollUp(database)) > 0);
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1_000;
}

function methodOf(rows: readonly Row[], secondsOfOrders: number): string {
  return (
    `${ORDERS} orders of the last ${DAYS} days and ${DAY_ORDERS} of one day before them, two lines each, 25 stores, 1,200 products; each question ${SAMPLES} times in each of ` +
    `${rows[0]?.rounds.length ?? 0} rounds by JSON, one at a time, order by order and by the sums. Bringing the orders of before into the sums took ` +
    `${((secondsOfOrders / (ORDERS + DAY_ORDERS)) * 1e6).toFixed(1)} µs an order.`
  );
}

function live(api: ApiUnderLoad, token: string, question: Question): Subject {
  return { name: `${question[0]}, order by order`, measure: () => withoutSums(() => ask(api, token, question)) };
}

function summed(api: ApiUnderLoad, token: string, question: Question): Subject {
  return {
    name: `${question[0]}, by the sums`,
    yardstick: `${question[0]}, order by order`,
    measure: () => ask(api, token, question),
  };
}

/** While the worker has not come to them. */
function afterCancellations(api: ApiUnderLoad, token: string, question: Question): Subject {
  const measure = async () => {
    await cancelMany(database, CANCELLED, busyIds);
    const measured = await ask(api, token, question);
    await sumAll();
    return measured;
  };
  return {
    name: `${question[0]}, by the sums, just after ${CANCELLED} cancellations`,
    yardstick: `${question[0]}, order by order`,
    measure,
  };
}

/** What the worker does of it. */
function rounds(): Subject[] {
  const after = async (cancellations: number, work: () => Promise<unknown>) => {
    await cancelMany(database, cancellations, busyIds);
    while ((await assignPositions(database, NEW)) !== undefined);
    const startMs = performance.now();
    await work();
    const measured = latencies([(performance.now() - startMs) * 1_000]);
    await sumAll();
    return measured;
  };
  const anew = `${CANCELLED} cancellations: ${BUSY} summed up anew`;
  return [
    { name: anew, measure: () => after(CANCELLED, () => sumDayAnew(database, busyIds)) },
    {
      name: `${CANCELLED} cancellations: a round of the worker`,
      yardstick: anew,
      measure: () => after(CANCELLED, () => rollUp(database)),
    },
    {
      name: `${NEW} cancellations: a round of the worker`,
      yardstick: anew,
      measure: () => after(NEW, () => rollUp(database)),
    },
  ];
}

async function withoutSums(work: () => Promise<Measured>): Promise<Measured> {
  const rename = (from: string, to: string) =>
    runSql(database, "UPDATE orders.relay_cursor SET name = $2 WHERE name = $1", [from, to]);
  await rename("sales", "out of sight");
  const measured = await work();
  await rename("out of sight", "sales");
  return measured;
}

async function signIn(api: ApiUnderLoad): Promise<string> {
  const { tokens } = await call(api, {
    path: `${IdentityService.typeName}/Login`,
    body: { login: "admin@bodega.example", password: PASSWORD },
  });
  return String(Reflect.get(Object(tokens), "accessToken"));
}

async function ask(api: ApiUnderLoad, token: string, [, rpc, body]: Question): Promise<Measured> {
  const times: number[] = [];
  for (let n = 0; n < SAMPLES; n++) {
    const startMs = performance.now();
    await call(api, { path: `${AnalyticsService.typeName}/${rpc}`, body, token });
    times.push((performance.now() - startMs) * 1_000);
  }
  return latencies(times);
}

async function call(
  { port }: ApiUnderLoad,
  { path: rpc, body, token }: { path: string; body: object; token?: string },
): Promise<Record<string, unknown>> {
  const headers = {
    "content-type": "application/json",
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`http://127.0.0.1:${port}/${rpc}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (!response.ok || typeof answer !== "object" || answer === null) throw new Error(JSON.stringify(answer));
  return { ...answer };
}
