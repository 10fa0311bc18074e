/**
 * The catalog at a million products: each kind of search and suggestion, pages deep in a list, what a repeated and a new
 * search cost against the least that they could, and the memory of a process over many searches.
 *
 * BENCH_PRODUCTS (1,000,000) makes the catalog smaller; BENCH_DATABASE_URL takes one that was seeded before, which spares
 * the minutes of making it. BENCH_SEARCHES (100,000) is how many different searches the memory is watched over.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import pg from "pg";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { facetStatement } from "../../src/catalog/count-sql.ts";
import { exactStatement, rankedStatement } from "../../src/catalog/relevance-sql.ts";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { currencyOf } from "../../src/platform/money.ts";
import { openDatabase } from "../../src/platform/database.ts";
import { migrate } from "../../src/platform/migrate.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { progressBar } from "../../src/seed/progress.ts";
import { seed } from "../../src/seed/seed.ts";
import { cpuOfTree } from "./cpu.ts";
import { generate } from "./load.ts";
import { median, table } from "./report.ts";
import { type ApiUnderLoad, SERVE, startProcess } from "./stage.ts";

const PRODUCTS = Number(process.env["BENCH_PRODUCTS"] ?? 1_000_000);
const SEARCHES = Number(process.env["BENCH_SEARCHES"] ?? 100_000);
const RUNS = Number(process.env["BENCH_RUNS"] ?? 3);
const SECONDS = Number(process.env["BENCH_SECONDS"] ?? 5);
const STORES = 5;
const CALLERS = 32;
/** Different ones, so that no answer was kept. */
const SAMPLES = 60;
const UNCACHED = 400;
const DEEP_PAGE = 1_000;

/** Starts of brands, and of words that stand later in titles; of each the first three letters, the first four … */
const TYPED = [
  "abuela rosa", "birch & barley", "casa verano", "old mill", "stonebridge", "zephyr house", "organic coffee", "whole bean coffee",
  "ground coffee", "espresso beans", "chocolate bar", "croissants", "green lentils", "cheddar", "herbal tea", "sourdough bread",
];

type Request = Record<string, unknown>;
const usd = (cents: number) => ({ currencyCode: "USD", units: String(Math.floor(cents / 100)), nanos: (cents % 100) * 10_000_000 });

const dataDir = mkdtempSync(path.join(os.tmpdir(), "bodega-bench-"));
const embedded = process.env["BENCH_DATABASE_URL"] === undefined ? await startEmbedded({ dataDir, postgres: true, redis: false, log: console.error }) : undefined;
const databaseUrl = process.env["BENCH_DATABASE_URL"] ?? embedded?.databaseOwnerUrl ?? "";
try {
  await furnish();
  const api = await startProcess(SERVE, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, WORKERS: "1" });
  try {
    console.log(await latencies(api));
    console.log(`\n${await pages(api)}`);
    console.log(`\n${await repeated(api)}`);
    console.log(`\n${await uncached(api)}`);
    console.log(`\n${await memory(api)}`);
  } finally {
    await api.stop();
  }
} finally {
  await embedded?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function furnish(): Promise<void> {
  await migrate(databaseUrl);
  const database = openDatabase({ url: databaseUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
  const onProgress = progressBar("Seeding");
  await seed({ database, products: PRODUCTS, stores: STORES, password: "bodega-dev", currency: currencyOf("USD"), onProgress });
  await database.query("ANALYZE");
  await database.close();
}

/** One at a time: what somebody waits who is alone. */
async function latencies(api: ApiUnderLoad): Promise<string> {
  const priced = (base: Request) => (n: number) => ({ ...base, maxPrice: usd(100_000 + n) });
  const kinds: [string, string, (n: number) => Request][] = [
    ["a rare word", "SearchProducts", priced({ query: "saffron" })],
    ["a common word", "SearchProducts", (n) => ({ query: "coffee", pageSize: 20 + n })],
    ["a common word, by price", "SearchProducts", (n) => ({ query: "coffee", orderBy: "price", pageSize: 20 + n })],
    ["two words", "SearchProducts", priced({ query: "organic coffee" })],
    ["a typo", "SearchProducts", (n) => ({ query: "cofee", pageSize: 20 + n })],
    ["a category and a price, by price", "SearchProducts", (n) => ({ category: "Bakery", minPrice: usd(300), maxPrice: usd(500 + n), orderBy: "price" })],
    ["nothing in particular", "SearchProducts", (n) => ({ pageSize: 20 + n })],
    ["a suggestion", "SuggestProducts", (n) => ({ query: TYPED[n % TYPED.length]?.slice(0, 3 + Math.floor(n / TYPED.length)) })],
  ];
  const rows: string[][] = [];
  for (const [name, rpc, requestOf] of kinds) {
    await ask(api, rpc, requestOf(SAMPLES));
    const times: number[] = [];
    for (let n = 0; n < SAMPLES; n++) times.push(await timed(() => ask(api, rpc, requestOf(n))));
    times.sort((a, b) => a - b);
    rows.push([name, median(times).toFixed(1), (times[Math.ceil(SAMPLES * 0.95) - 1] ?? 0).toFixed(1)]);
  }
  return table([`${PRODUCTS} products, alone`, "p50 ms", "p95 ms"], rows);
}

/** The first pages and the thousandth, by its own token, asked again and again by different page sizes. */
async function pages(api: ApiUnderLoad): Promise<string> {
  const rows: string[][] = [];
  for (const base of [{ orderBy: "price" }, { orderBy: "newest" }, { query: "coffee" }]) {
    let pageToken = "";
    for (let page = 1; page < DEEP_PAGE; page++) pageToken = String((await ask(api, "SearchProducts", { ...base, pageToken })).nextPageToken);
    const cost = async (token: string) => {
      const times: number[] = [];
      for (let n = 0; n < SAMPLES; n++) times.push(await timed(() => ask(api, "SearchProducts", { ...base, pageToken: token, pageSize: 21 + n })));
      return median(times);
    };
    const [first, deep] = [await cost(""), await cost(pageToken)];
    rows.push([JSON.stringify(base), first.toFixed(2), deep.toFixed(2), (deep / first).toFixed(2)]);
  }
  return table(["pages, median ms", "page 1", `page ${DEEP_PAGE}`, "ratio"], rows);
}

async function repeated(api: ApiUnderLoad): Promise<string> {
  const query = new URLSearchParams({ connect: "v1", encoding: "json", message: JSON.stringify({ query: "coffee" }) }).toString();
  const search = `${pathOf(CatalogService.method.searchProducts)}?${query}`;
  const bytes = Buffer.from(await (await fetch(`http://127.0.0.1:${api.port}${search}`)).arrayBuffer());
  const file = path.join(dataDir, "answer.json");
  writeFileSync(file, bytes);
  const bare = await startProcess([path.join(import.meta.dirname, "bare-server.ts"), file], {});
  const runs: { ours: number; bare: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    runs.push({ ours: await cpuOfGet(api, search), bare: await cpuOfGet(bare, search) });
  }
  await bare.stop();
  const ours = median(runs.map((run) => run.ours));
  const least = median(runs.map((run) => run.bare));
  const ratio = median(runs.map((run) => run.bare / run.ours));
  return table(["a repeated search by GET", "bytes", "server µs", "of bare node:http"], [
    ["SearchProducts", String(bytes.byteLength), ours.toFixed(1), ratio.toFixed(2)],
    ["bare node:http", String(bytes.byteLength), least.toFixed(1), "1.00"],
  ]);
}

async function cpuOfGet({ port, cpuUs }: ApiUnderLoad, url: string): Promise<number> {
  const before = cpuUs();
  const { done, failed } = await generate("json", { host: "127.0.0.1", port, path: url, method: "GET", callers: CALLERS, seconds: SECONDS, bodies: [""] });
  if (failed > 0) throw new Error(`${failed} of ${done} were not answered with success`);
  return (cpuUs() - before) / done;
}

/** The same searches through the API and as statements through pg, each in server (or client) plus database CPU. */
async function uncached(api: ApiUnderLoad): Promise<string> {
  const database = await postmaster();
  const ratios: { whole: number; sql: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    const price = (n: number) => 100_000 + (run + 10) * UNCACHED + n;
    const before = api.cpuUs() + database();
    for (let n = 0; n < UNCACHED; n++) await ask(api, "SearchProducts", { query: "saffron", maxPrice: usd(price(n)) });
    const whole = (api.cpuUs() + database() - before) / UNCACHED;
    ratios.push({ whole, sql: await costOfSql(database, price) });
  }
  const whole = median(ratios.map((run) => run.whole));
  const sql = median(ratios.map((run) => run.sql));
  return table(["a search that nobody asked before", "server and database µs", "of the SQL"], [
    ["SearchProducts, 20 results", whole.toFixed(0), median(ratios.map((run) => run.whole / run.sql)).toFixed(2)],
    ["its statements through pg", sql.toFixed(0), "1.00"],
  ]);
}

async function costOfSql(database: () => number, price: (n: number) => number): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const run = async (n: number) => {
    const filter = { words: { typed: "saffron" }, maxPrice: BigInt(price(n)), inactive: false };
    for (const { sql, bind } of [exactStatement(filter, undefined, 21), rankedStatement(filter, undefined, 21), facetStatement(filter)]) {
      await client.query(sql, bind);
    }
  };
  await run(0);
  const own = () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  };
  const before = own() + database();
  for (let n = 0; n < UNCACHED; n++) await run(n);
  const cost = (own() + database() - before) / UNCACHED;
  await client.end();
  return cost;
}

/** CPU of PostgreSQL, all its processes. */
async function postmaster(): Promise<() => number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  const stat = readFileSync(`/proc/${rows[0]?.pid ?? 0}/stat`, "latin1");
  await client.end();
  const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  return () => cpuOfTree(parent);
}

async function memory(api: ApiUnderLoad): Promise<string> {
  const rows: string[][] = [];
  const step = Math.ceil(SEARCHES / 5);
  for (let from = 0; from < SEARCHES; from += step) {
    const one = async (lane: number) => {
      for (let n = from + lane; n < from + step; n += 8) {
        await ask(api, "SearchProducts", { query: "lavender oat", maxPrice: usd(200_000 + n) });
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, lane) => one(lane)));
    rows.push([String(from + step), (api.residentBytes() / 2 ** 20).toFixed(0)]);
  }
  return table(["different searches", "resident MiB of the API process"], rows);
}

async function ask(api: ApiUnderLoad, rpc: string, request: Request): Promise<Record<string, unknown>> {
  const response = await fetch(`http://127.0.0.1:${api.port}/${CatalogService.typeName}/${rpc}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
  });
  const answer: unknown = await response.json();
  if (!response.ok || typeof answer !== "object" || answer === null) throw new Error(JSON.stringify(answer));
  return { ...answer };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
