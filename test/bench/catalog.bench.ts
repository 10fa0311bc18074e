/**
 * A large catalog: each kind of search and suggestion, pages deep in a list, what a new search costs against its SQL alone,
 * and the memory of a process over many searches.
 *
 * BENCH_PRODUCTS (100,000; 1,000,000 for the aims) makes the catalog; BENCH_DATABASE_URL takes one that was seeded before,
 * which spares the minutes of making it. BENCH_SEARCHES (100,000) is how many different searches the memory is watched over.
 */
import { rmSync } from "node:fs";
import { startEmbedded } from "../../src/development/embedded/start.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { progressBar } from "../../src/development/seed/progress.ts";
import { seed } from "../../src/development/seed/seed.ts";
import { ask, askAll, type CatalogApi, forget, openCatalogApi, type Question, usd } from "./catalog-api.ts";
import { KINDS } from "./catalog-kinds.ts";
import { againstSql } from "./catalog-sql.ts";
import { byTurns, figureOf, ratioOf, type Subject } from "./measured.ts";
import type { Section } from "./report.ts";
import { runFolder, tell } from "./tell.ts";

const PRODUCTS = Number(process.env["BENCH_PRODUCTS"] ?? 100_000);
const SEARCHES = Number(process.env["BENCH_SEARCHES"] ?? 100_000);
const STORES = 5;
/** Of each kind in a round. */
const SAMPLES = 60;
const DEEP_PAGE = 1_000;
const LANES = 8;
const MEMORY_STEPS = 10;
/** What more memory passes for noise. */
const FLAT = 1.1;

const dataDir = runFolder();
const embedded =
  process.env["BENCH_DATABASE_URL"] === undefined
    ? await startEmbedded({ dataDir, postgres: true, redis: false, log: console.error })
    : undefined;
const databaseUrl = process.env["BENCH_DATABASE_URL"] ?? embedded?.databaseOwnerUrl ?? "";
try {
  await furnish();
  const catalog = await openCatalogApi(databaseUrl, dataDir);
  try {
    for (const measure of [waits, pages, againstSql, memory]) tell(await measure(catalog));
  } finally {
    await catalog.stop();
  }
} finally {
  await embedded?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function furnish(): Promise<void> {
  await migrate(databaseUrl);
  const database = openDatabase({ url: databaseUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
  const onProgress = progressBar("Seeding");
  await seed({
    database,
    products: PRODUCTS,
    stores: STORES,
    password: "bodega-dev",
    currency: currencyOf("USD"),
    onProgress,
  });
  await database.query("ANALYZE");
  await database.close();
}

/** A subject that asks the same in each round, after the API has forgotten its answers. */
function unkept(catalog: CatalogApi, subject: Omit<Subject, "measure">, questionOf: (n: number) => Question): Subject {
  const questions = Array.from({ length: SAMPLES }, (_, n) => questionOf(n));
  return {
    ...subject,
    async measure() {
      await forget(catalog);
      await ask(catalog.api, questionOf(SAMPLES));
      return askAll(catalog, questions);
    },
  };
}

async function waits(catalog: CatalogApi): Promise<Section> {
  const rows = await byTurns(KINDS.map(({ name, question }) => unkept(catalog, { name }, question)));
  return {
    id: "searches",
    title: "Searches and suggestions",
    method:
      `${PRODUCTS} products in ${STORES} stores; ${SAMPLES} requests of each kind a round, no two alike, one at a time by JSON. The catalog changes before each kind, so that no ` +
      "answer is kept.",
    rows,
    aims: rows.map((row, index) => ({
      what: `${row.name}, p95 at ${PRODUCTS} products`,
      figure: (figureOf(row, "p95Us") ?? Number.NaN) / 1_000,
      atMost: KINDS[index]?.aimMs ?? 0,
      unit: "ms",
    })),
  };
}

/** The first pages and the thousandth, by its own token, asked again and again by different page sizes. */
async function pages(catalog: CatalogApi): Promise<Section> {
  const subjects: Subject[] = [];
  const bases: Record<string, string>[] = [{ orderBy: "price" }, { orderBy: "newest" }, { query: "coffee" }];
  for (const base of bases) {
    const { token, depth } = await deepest(catalog, base);
    const named = (page: number) => `${Object.values(base).join()}, page ${page}`;
    const of =
      (pageToken: string) =>
      (n: number): Question => ({ rpc: "SearchProducts", request: { ...base, pageToken, pageSize: 21 + n } });
    subjects.push(
      unkept(catalog, { name: named(1) }, of("")),
      unkept(catalog, { name: named(depth), yardstick: named(1) }, of(token)),
    );
  }
  const rows = await byTurns(subjects);
  return {
    id: "pages",
    title: "Pages deep in a list",
    method: `${PRODUCTS} products; ${SAMPLES} requests a round for pages of 21 to ${20 + SAMPLES}, whose answers are not kept. Where a list ends before page ${DEEP_PAGE}, its last full page.`,
    rows,
    aims: rows.flatMap((row) =>
      row.yardstick === undefined
        ? []
        : [
            {
              what: `${row.name}, of page 1 (p50)`,
              figure: ratioOf(
                row,
                rows.find(({ name }) => name === row.yardstick),
                "p50Us",
              ),
              atMost: 1.2,
            },
          ],
    ),
  };
}

async function deepest({ api }: CatalogApi, base: Record<string, string>): Promise<{ token: string; depth: number }> {
  let [token, depth] = ["", 1];
  while (depth < DEEP_PAGE) {
    const { nextPageToken } = await ask(api, {
      rpc: "SearchProducts",
      request: { ...base, pageToken: token, pageSize: 20 + SAMPLES },
    });
    if (typeof nextPageToken !== "string" || nextPageToken === "") break;
    [token, depth] = [nextPageToken, depth + 1];
  }
  return { token, depth };
}

async function memory({ api }: CatalogApi): Promise<Section> {
  const step = Math.ceil(SEARCHES / MEMORY_STEPS);
  const levels: { searches: number; mib: number }[] = [];
  for (let from = 0; from < SEARCHES; from += step) {
    const lane = async (first: number) => {
      for (let n = from + first; n < from + step; n += LANES) {
        await ask(api, { rpc: "SearchProducts", request: { query: "lavender oat", maxPrice: usd(200_000 + n) } });
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
    aims: [
      {
        what: "memory of an API process after different searches, of that after a quarter of them",
        figure: (last?.mib ?? 0) / (quarter?.mib ?? 0),
        atMost: FLAT,
      },
    ],
    plot: {
      title: "MiB of an API process over different searches",
      lines: {
        at: levels.map(({ searches }) => searches),
        label: "different searches",
        lines: [{ name: "MiB", figures: levels.map(({ mib }) => mib) }],
      },
    },
  };
}
