/**
 * A large catalog: each kind of search and suggestion, pages deep in a list, what a new search costs against its SQL alone,
 * and the memory of a process over many searches.
 *
 * BENCH_PRODUCTS (100,000; 1,000,000 for the aims) makes the catalog; BENCH_DATABASE_URL takes one that was seeded before,
 * which spares the minutes of making it. BENCH_SEARCHES (100,000) is how many different searches the memory is watched over.
 */
import { readFileSync, rmSync } from "node:fs";
import pg from "pg";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { facetStatement } from "../../src/catalog/count-sql.ts";
import { exactStatement, rankedStatement } from "../../src/catalog/relevance-sql.ts";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { currencyOf } from "../../src/platform/money.ts";
import { openDatabase } from "../../src/platform/database.ts";
import { migrate } from "../../src/platform/migrate.ts";
import { progressBar } from "../../src/seed/progress.ts";
import { seed } from "../../src/seed/seed.ts";
import { cpuOfTree } from "./cpu.ts";
import { byTurns, figureOf, latencies, ratioOf, type Row } from "./measured.ts";
import type { Section } from "./report.ts";
import { type ApiUnderLoad, SERVE, startProcess } from "./stage.ts";
import { runFolder, tell } from "./tell.ts";

const PRODUCTS = Number(process.env["BENCH_PRODUCTS"] ?? 100_000);
const SEARCHES = Number(process.env["BENCH_SEARCHES"] ?? 100_000);
const STORES = 5;
/** Different ones, so that no answer was kept. */
const SAMPLES = 60;
const UNCACHED = 400;
const DEEP_PAGE = 1_000;
const LANES = 8;
const MEMORY_STEPS = 10;
/** What more memory passes for noise. */
const FLAT = 1.1;

/** Starts of brands, and of words that stand later in titles; of each the first three letters, the first four … */
const TYPED = [
  "abuela rosa", "birch & barley", "casa verano", "old mill", "stonebridge", "zephyr house", "organic coffee", "whole bean coffee",
  "ground coffee", "espresso beans", "chocolate bar", "croissants", "green lentils", "cheddar", "herbal tea", "sourdough bread",
];

type Request = Record<string, unknown>;
const usd = (cents: number) => ({ currencyCode: "USD", units: String(Math.floor(cents / 100)), nanos: (cents % 100) * 10_000_000 });

const dataDir = runFolder();
const embedded = process.env["BENCH_DATABASE_URL"] === undefined ? await startEmbedded({ dataDir, postgres: true, redis: false, log: console.error }) : undefined;
const databaseUrl = process.env["BENCH_DATABASE_URL"] ?? embedded?.databaseOwnerUrl ?? "";
try {
  await furnish();
  const api = await startProcess(SERVE, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir, WORKERS: "1" });
  try {
    for (const measure of [waits, pages, uncached, memory]) tell(await measure(api));
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
async function waits(api: ApiUnderLoad): Promise<Section> {
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
  const rows: Row[] = [];
  for (const [name, rpc, requestOf] of kinds) {
    await ask(api, rpc, requestOf(SAMPLES));
    const times: number[] = [];
    for (let n = 0; n < SAMPLES; n++) times.push(await timed(() => ask(api, rpc, requestOf(n))));
    rows.push({ name, rounds: [latencies(times)] });
  }
  return {
    id: "searches",
    title: "Searches and suggestions",
    method: `${PRODUCTS} products in ${STORES} stores; ${SAMPLES} requests of each kind, each different from all before, one at a time by JSON.`,
    rows,
    aims: rows.map((row, index) => ({
      what: `${row.name}, p95 at ${PRODUCTS} products`,
      figure: (figureOf(row, "p95Us") ?? 0) / 1_000,
      atMost: kinds[index]?.[1] === "SuggestProducts" ? 10 : 50,
      unit: "ms",
    })),
  };
}

/** The first pages and the thousandth, by its own token, asked again and again by different page sizes. */
async function pages(api: ApiUnderLoad): Promise<Section> {
  const rows: Row[] = [];
  const aims: Section["aims"] = [];
  for (const base of [{ orderBy: "price" }, { orderBy: "newest" }, { query: "coffee" }]) {
    const { token, depth } = await deepest(api, base);
    const page = async (name: string, pageToken: string): Promise<Row> => {
      const times: number[] = [];
      for (let n = 0; n < SAMPLES; n++) times.push(await timed(() => ask(api, "SearchProducts", { ...base, pageToken, pageSize: 21 + n })));
      return { name: `${Object.values(base).join()}, ${name}`, rounds: [latencies(times)] };
    };
    const [first, deep] = [await page("page 1", ""), await page(`page ${depth}`, token)];
    rows.push(first, { ...deep, yardstick: first.name });
    aims.push({ what: `${deep.name}, of page 1 (p50)`, figure: ratioOf(deep, first, "p50Us"), atMost: 1.2 });
  }
  return {
    id: "pages",
    title: "Pages deep in a list",
    method: `${PRODUCTS} products; ${SAMPLES} requests each for pages of 21 to ${20 + SAMPLES}, so that no answer was kept. Where a list ends before page ${DEEP_PAGE}, its last full page.`,
    rows,
    aims,
  };
}

async function deepest(api: ApiUnderLoad, base: Request): Promise<{ token: string; depth: number }> {
  let [token, depth] = ["", 1];
  while (depth < DEEP_PAGE) {
    const { nextPageToken } = await ask(api, "SearchProducts", { ...base, pageToken: token, pageSize: 20 + SAMPLES });
    if (typeof nextPageToken !== "string" || nextPageToken === "") break;
    [token, depth] = [nextPageToken, depth + 1];
  }
  return { token, depth };
}

/** The same searches through the API and as statements through pg, each in server (or client) plus database CPU. */
async function uncached(api: ApiUnderLoad): Promise<Section> {
  const database = await postmaster();
  let asked = 0;
  const price = () => 200_000 + asked++;
  const subjects = [
    { name: "its statements through pg", measure: () => costOfSql(database, price) },
    {
      name: "SearchProducts, 20 results",
      yardstick: "its statements through pg",
      async measure() {
        const before = { api: api.cpuUs(), database: database() };
        for (let n = 0; n < UNCACHED; n++) await ask(api, "SearchProducts", { query: "saffron", maxPrice: usd(price()) });
        return { apiUs: (api.cpuUs() - before.api) / UNCACHED, databaseUs: (database() - before.database) / UNCACHED };
      },
    },
  ];
  for (const { measure } of subjects) await measure();
  const rows = await byTurns(subjects);
  return {
    id: "uncached",
    title: "A search that nobody asked before",
    method: `${UNCACHED} searches a round for a rare word with different prices, one at a time by JSON, against the statements that they come to, on one connection by pg.`,
    rows,
    aims: [{ what: "a search that is not kept, API and database CPU of its SQL alone", figure: ratioOf(rows[1], rows[0], "cpuUs"), atMost: 1.5 }],
  };
}

async function costOfSql(database: () => number, price: () => number): Promise<{ apiUs: number; databaseUs: number }> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const run = async () => {
    const filter = { words: { typed: "saffron" }, maxPrice: BigInt(price()), inactive: false };
    for (const { sql, bind } of [exactStatement(filter, undefined, 21), rankedStatement(filter, undefined, 21), facetStatement(filter)]) {
      await client.query(sql, bind);
    }
  };
  await run();
  const own = process.cpuUsage();
  const before = database();
  for (let n = 0; n < UNCACHED; n++) await run();
  const { user, system } = process.cpuUsage(own);
  const databaseUs = (database() - before) / UNCACHED;
  await client.end();
  return { apiUs: (user + system) / UNCACHED, databaseUs };
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

async function memory(api: ApiUnderLoad): Promise<Section> {
  const step = Math.ceil(SEARCHES / MEMORY_STEPS);
  const levels: { searches: number; mib: number }[] = [];
  for (let from = 0; from < SEARCHES; from += step) {
    const lane = async (first: number) => {
      for (let n = from + first; n < from + step; n += LANES) {
        await ask(api, "SearchProducts", { query: "lavender oat", maxPrice: usd(200_000 + n) });
      }
    };
    await Promise.all(Array.from({ length: LANES }, (_, first) => lane(first)));
    levels.push({ searches: from + step, mib: api.residentBytes() / 2 ** 20 });
  }
  const [quarter, last] = [levels[Math.floor(levels.length / 4)], levels.at(-1)];
  return {
    id: "memory",
    title: "Memory over different searches",
    method: `Resident memory of one API process while ${SEARCHES} searches are asked, each different from all before, ${LANES} at a time.`,
    table: { head: ["Searches", "MiB"], rows: levels.map(({ searches, mib }) => [String(searches), mib.toFixed(0)]) },
    aims: [{ what: "memory of an API process after different searches, of that after a quarter of them", figure: (last?.mib ?? 0) / (quarter?.mib ?? 0), atMost: FLAT }],
    plot: {
      title: "MiB of an API process over different searches",
      lines: { at: levels.map(({ searches }) => searches), label: "different searches", lines: [{ name: "MiB", figures: levels.map(({ mib }) => mib) }] },
    },
  };
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

/** @returns microseconds */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) * 1_000;
}
