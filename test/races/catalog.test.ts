/**
 * Who changes the catalog at once. Goal: nobody waits in a circle, a rename waits for nobody, and in the end every
 * product is found by its category's name.
 * Method: a real server, and transactions of the test's own that stand still where it hurts; PostgreSQL counts the
 * deadlocks, which the retries hide from every answer. The siblings lock in opposite order, their SQL here, and deadlock.
 */
// time limit: 180 s
import { Readable } from "node:stream";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { importProducts } from "../../src/domains/catalog/csv/import.ts";
import { PIECE, renameInProductsByPieces } from "../../src/domains/catalog/category-renames.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { sqlState } from "../../src/platform/errors/database-errors.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { deadlocks } from "../support/deadlocks.ts";
import { databaseUrl, openTestDatabase } from "../support/environment.ts";
import { meeting, race } from "../support/race.ts";

const PRODUCTS = 12;
const WRITERS = 6;
const ROUNDS = 12;
const IMPORTS = 5;
const ROWS = 300;
const DEADLOCK = "40P01";
/** Rows of catalog.versions; a backend counts in that of its process id. */
const VERSION_COUNTS = 16;

let api: TestApi;
let database: Sequelize;
let admin: Clients;

test.before(async () => {
  api = await startTestApi();
  database = openTestDatabase();
  admin = api.clients(await api.signUp("ADMIN"));
});
test.after(async () => {
  await Promise.all([api.stop(), database.close()]);
});

/** A category of its own, with products. */
async function stocked(name: string): Promise<{ categoryId: string; products: string[] }> {
  const { category } = await admin.catalog.createCategory({ category: { name } });
  const categoryId = category?.id ?? "";
  const products: string[] = [];
  for (let n = 0; n < PRODUCTS; n++) {
    const { product } = await admin.catalog.createProduct({
      product: { sku: newId(), title: `Kettle ${n}`, price: { currencyCode: "USD", units: 5n }, categoryId },
    });
    products.push(product?.id ?? "");
  }
  return { categoryId, products };
}

async function rename(id: string, name: string): Promise<void> {
  await admin.catalog.updateCategory({ category: { id, name }, updateMask: { paths: ["name"] } });
}

async function retitle(id: string, title: string): Promise<void> {
  await admin.catalog.updateProduct({ product: { id, title }, updateMask: { paths: ["title"] } });
}

/** What the worker does, until nothing is left to do. */
async function untilSpread(): Promise<void> {
  while ((await renameInProductsByPieces(database, PIECE)) === PIECE);
  assert.equal(await runSql(database, "SELECT category_id FROM catalog.renames"), []);
}

/** Products whose words are not those of their title and their category's name. */
async function stale(categoryId: string): Promise<number> {
  const [row] = await runSql<{ stale: number }>(
    database,
    `SELECT count(*)::int AS stale FROM catalog.products p JOIN catalog.categories c ON c.id = p.category_id
     WHERE p.category_id = $1 AND p.words <> catalog.words_of(p.title, c.name, p.description)`,
    [categoryId],
  );
  return row?.stale ?? -1;
}

test("six who change titles beside one who renames the category never deadlock, and all products have its last name", async () => {
  const { categoryId, products } = await stocked("Kettles of the race");
  await race(WRITERS + 1, async (writer) => {
    for (let round = 0; round < ROUNDS; round++) {
      if (writer === WRITERS) await rename(categoryId, `Kettles, name ${round}`);
      else await retitle(products[(writer + round) % PRODUCTS] ?? "", `Kettle of ${writer} in ${round}`);
    }
  });
  assert.is(await deadlocks(database), 0);
  await untilSpread();
  assert.is(await stale(categoryId), 0);
});

/** Of a backend whose count of the catalog's version is nobody else's: those that share one wait for each other's commit. */
async function withCountOfItsOwn(work: (database: Sequelize) => Promise<void>): Promise<void> {
  for (;;) {
    const alone = openDatabase({ url: databaseUrl, pool: 1, name: "test alone" });
    try {
      const sharing = await runSql(
        alone,
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid % ${VERSION_COUNTS} = pg_backend_pid() % ${VERSION_COUNTS}`,
      );
      if (sharing.length > 0) continue;
      await work(alone);
      return;
    } finally {
      await alone.close();
    }
  }
}

test("a rename does not wait for a product that is being made, which has the new name in the end", async () => {
  const { categoryId } = await stocked("Teapots");
  await withCountOfItsOwn(async (alone) => {
    const open = Promise.withResolvers<void>();
    const made = Promise.withResolvers<void>();
    const making = withTransaction(alone, async () => {
      await runSql(
        alone,
        "INSERT INTO catalog.products (id, sku, title, price, category_id) VALUES ($1, $2, 'Late pot', 1, $3)",
        [newId(), newId(), categoryId],
      );
      made.resolve();
      await open.promise;
    });
    await made.promise;
    await rename(categoryId, "Pots for tea");
    open.resolve();
    await making;
  });
  assert.ok((await stale(categoryId)) > 0, "nothing was left to do");
  await untilSpread();
  assert.is(await stale(categoryId), 0);
});

test("a product that somebody keeps locked holds up neither the rename nor changes of the others", async () => {
  const {
    categoryId,
    products: [stuck = "", other = ""],
  } = await stocked("Jugs");
  const free = Promise.withResolvers<void>();
  const locked = Promise.withResolvers<void>();
  const holding = withTransaction(database, async () => {
    await runSql(database, "SELECT FROM catalog.products WHERE id = $1 FOR UPDATE", [stuck]);
    locked.resolve();
    await free.promise;
  });
  await locked.promise;
  await rename(categoryId, "Pitchers");
  await retitle(other, "Pitcher");
  assert.is(await renameInProductsByPieces(database, PIECE), 0);
  free.resolve();
  await holding;
  await untilSpread();
  assert.is(await stale(categoryId), 0);
});

test("two imports of the same new words in opposite order never deadlock", async () => {
  const before = await deadlocks(database);
  await stocked("Spoons");
  for (let round = 0; round < IMPORTS; round++) {
    const words = Array.from({ length: ROWS }, (_, row) => wordOf(round * ROWS + row));
    await race(2, (index) => importOf(index === 0 ? words : words.toReversed(), `${round}-${index}`));
  }
  assert.is((await deadlocks(database)) - before, 0);
});

/** A product for each word; the SKUs rise with the rows, and rows are written in the order of their SKUs. */
async function importOf(words: string[], name: string): Promise<void> {
  const rows = words.map((word, row) => `SPOON-${name}-${String(row).padStart(4, "0")},${word},1.00,Spoons`);
  const input = Readable.from(["sku,title,price,category\n", ...rows.map((row) => `${row}\n`)]);
  const report = await importProducts({
    databaseUrl,
    currency: currencyOf("USD"),
    input,
    onRefused: (_, reason) => assert.unreachable(reason),
  });
  assert.is(report.added, words.length);
}

/** Of letters only, as all words of the lexicon. */
function wordOf(number: number): string {
  return `spoon${Array.from(String(number), (digit) => "abcdefghij"[Number(digit)]).join("")}`;
}

/** Two transactions that do one thing each, meet, and do the other's. @returns how many of them PostgreSQL ended */
async function crossed(first: string, second: string, bind: unknown[]): Promise<number> {
  const met = meeting(2);
  const outcomes = await race(2, async (index) => {
    const transaction = await database.transaction();
    const run = (sql: string) => database.query(sql, { transaction, bind });
    try {
      await run(index === 0 ? first : second);
      await met();
      await run(index === 0 ? second : first);
      await transaction.commit();
      return "";
    } catch (error) {
      await transaction.rollback();
      return sqlState(error);
    }
  });
  return outcomes.filter((state) => state === DEADLOCK).length;
}

test("with the category locked after the product, and the product after the category, they deadlock", async () => {
  const {
    categoryId,
    products: [id],
  } = await stocked("Cups");
  const lock = (table: string, place: number) =>
    `SELECT FROM catalog.${table} WHERE id = $${place} AND $${3 - place}::uuid IS NOT NULL FOR NO KEY UPDATE`;
  assert.is(await crossed(lock("products", 1), lock("categories", 2), [id, categoryId]), 1);
});

test("with words learnt as they come, they deadlock", async () => {
  const learn = (place: number) =>
    `INSERT INTO catalog.lexicon (word, stem) VALUES ($${place}, $${3 - place}) ON CONFLICT DO NOTHING`;
  assert.is(await crossed(learn(1), learn(2), ["crossedword", "wordcrossed"]), 1);
});

test.run();
