/**
 * The seed in a database: complete, the same each time, and harmless to whoever already works in the shop.
 *
 * A snapshot of all rows that the seed writes is compared with that of an undisturbed run; passwords are left out of it,
 * since their salt is random.
 */
// time limit: 120 s
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { verifyPassword } from "../../src/domains/identity/password/password-hash.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";
import { productIdAt } from "../../src/development/seed/products.ts";
import { seed, type SeedOptions } from "../../src/development/seed/seed.ts";
import { storeAt } from "../../src/development/seed/stores.ts";
import { empty } from "../support/empty.ts";

const PASSWORD = "bodega-dev";
const database = openDatabase({ url: process.env["TEST_DATABASE_OWNER_URL"] ?? "", pool: 4, name: "test seed" });
const TABLES = [
  "catalog.categories",
  "catalog.products",
  "inventory.stores",
  "inventory.stock",
  "inventory.movements",
  "orders.promotions",
];
const nothing = { categories: 0, products: 0, stores: 0, stock: 0, accounts: 0, promotions: 0 };
let undisturbed = "";

test.before(async () => {
  await run();
  undisturbed = await snapshot();
});

test.before.each(emptyShop);

test.after(() => database.close());

test("the default is 12 categories, 1,200 products for sale, 25 stores, eleven accounts and six codes", async () => {
  await empty(database, "identity.users");
  const report = await run();
  const [counts] = await runSql(
    database,
    `SELECT
    (SELECT count(*)::integer FROM catalog.categories WHERE active) AS categories,
    (SELECT count(*)::integer FROM catalog.products WHERE active) AS products,
    (SELECT count(*)::integer FROM inventory.stores WHERE active) AS stores,
    (SELECT count(*)::integer FROM inventory.stock) AS stock,
    (SELECT count(*)::integer FROM identity.users) AS accounts,
    (SELECT count(*)::integer FROM orders.promotions) AS promotions`,
  );
  assert.equal(report, counts);
  const { stock } = report;
  assert.equal(report, { categories: 12, products: 1_200, stores: 25, stock, accounts: 11, promotions: 6 });
});

test("each category holds a hundred products, thirty of all are featured, and each is to be had", async () => {
  await run();
  const [found] = await runSql(
    database,
    `SELECT
    (SELECT array_agg(DISTINCT size)
      FROM (SELECT count(*)::integer AS size FROM catalog.products GROUP BY category_id)) AS sizes,
    (SELECT count(*)::integer FROM catalog.products WHERE featured) AS featured,
    (SELECT count(DISTINCT product_id)::integer FROM inventory.stock WHERE quantity > 0) AS available,
    (SELECT min(products) > 700
      FROM (SELECT count(*) AS products FROM inventory.stock GROUP BY store_id)) AS full_stores`,
  );
  assert.equal(found, { sizes: [100], featured: 30, available: 1_200, full_stores: true });
});

test("the admin and the customers sign in with the given password", async () => {
  await run();
  const accounts = await runSql<{ email: string; role: string; hash: string }>(
    database,
    `SELECT email, role, password_hash AS hash FROM identity.users
     WHERE username IN ('admin', 'customer10') ORDER BY role`,
  );
  assert.equal(
    accounts.map(({ email, role }) => [email, role]),
    [
      ["admin@bodega.example", "ADMIN"],
      ["customer10@bodega.example", "CUSTOMER"],
    ],
  );
  for (const { hash } of accounts) assert.ok(await verifyPassword(PASSWORD, hash));
});

test("the sum of the ledger is the stock, shelf by shelf", async () => {
  await run();
  assert.equal(await shelvesOffTheLedger(), []);
});

test("a second run changes nothing and finds nothing to do", async () => {
  await run();
  assert.equal(await run({ onProgress: () => assert.unreachable("there was something to do") }), nothing);
  assert.is(await snapshot(), undisturbed);
});

test("another database gets the same ids, titles, prices and stock", async () => {
  await run();
  assert.is(await snapshot(), undisturbed);
});

test("a writer that fails in the middle of a batch leaves whole batches, and the next run completes them", async () => {
  await failAtReceiptOf(700);
  await run().then(
    () => assert.unreachable("nothing failed"),
    () => undefined,
  );
  const [{ products } = { products: 0 }] = await runSql<{ products: number }>(
    database,
    "SELECT count(*)::integer AS products FROM catalog.products",
  );
  assert.ok(products > 0 && products <= 700, `${products} products`);
  assert.equal(await shelvesOffTheLedger(), []);
  await runSql(database, "DROP TRIGGER out_of_order ON inventory.movements");
  await run();
  assert.is(await snapshot(), undisturbed);
});

test("a seed that is killed is completed by the next run", async () => {
  const seeder = fork(path.join(import.meta.dirname, "seeder.ts"));
  const ended = once(seeder, "exit");
  await once(seeder, "message");
  seeder.kill("SIGKILL");
  const [, signal] = await ended;
  assert.is(signal, "SIGKILL");
  const report = await run();
  assert.ok(report.products > 0, "it was killed too late");
  assert.is(await snapshot(), undisturbed);
});

test("two seeds at once make one shop", async () => {
  const reports = await Promise.all([run(), run()]);
  assert.is(
    reports.reduce((sum, { products }) => sum + products, 0),
    1_200,
  );
  assert.is(await snapshot(), undisturbed);
});

test("what was sold stays sold and what was renamed stays renamed, also when more stores are added", async () => {
  await run();
  const shelf = [storeAt(0).id, productIdAt(0)];
  await runSql(database, "UPDATE inventory.stock SET quantity = 3 WHERE store_id = $1 AND product_id = $2", shelf);
  await runSql(database, "UPDATE catalog.categories SET name = 'Brews' WHERE name = 'Coffee & Tea'");
  await runSql(database, "UPDATE catalog.products SET price = 1 WHERE id = $1", [productIdAt(0)]);

  const report = await run({ stores: 30, products: 1_260 });

  assert.equal({ ...report, stock: 0 }, { ...nothing, products: 60, stores: 5 });
  assert.equal(
    await runSql(
      database,
      `SELECT quantity, price, name FROM inventory.stock
       JOIN catalog.products ON products.id = product_id JOIN catalog.categories ON categories.id = category_id
       WHERE store_id = $1 AND product_id = $2`,
      shelf,
    ),
    [{ quantity: "3", price: "1", name: "Brews" }],
  );
});

test("a code that an admin deleted does not come back at the next start", async () => {
  await run();
  await runSql(database, "DELETE FROM orders.promotions WHERE code = 'FLASH50'");
  assert.equal(await run(), nothing);
});

test("new stores get stock of all products, and it is noticed when they lack it", async () => {
  await run({ products: 120, stores: 10 });
  await failAtReceiptOf(60);
  await run({ products: 120, stores: 200 }).then(
    () => assert.unreachable("nothing failed"),
    () => undefined,
  );
  await runSql(database, "DROP TRIGGER out_of_order ON inventory.movements");
  assert.equal(await run({ products: 120, stores: 10 }), nothing);
  assert.ok((await run({ products: 120, stores: 200 })).stock > 0);
  assert.equal(await run({ products: 120, stores: 200 }), nothing);
});

test("categories that exist under other ids take the products", async () => {
  await runSql(database, "INSERT INTO catalog.categories (id, name) VALUES (gen_random_uuid(), 'bakery')");
  const report = await run({ products: 120, stores: 2 });
  assert.equal({ ...report, stock: 0 }, { ...nothing, categories: 11, products: 120, stores: 2, promotions: 6 });
});

test("none, a half and more than there are words for are refused", async () => {
  for (const size of [{ products: 0 }, { products: 1.5 }, { products: 1_000_001 }, { stores: 11_001 }]) {
    await run(size).then(
      () => assert.unreachable(),
      (error) => assert.instance(error, RangeError),
    );
  }
});

function run(options: Partial<SeedOptions> = {}) {
  return seed({ database, password: PASSWORD, currency: currencyOf("USD"), ...options });
}

/** The accounts stay: eleven password hashes take a second, and no test changes them. */
async function emptyShop(): Promise<void> {
  await empty(database, "catalog.categories, inventory.stores, orders.promotions");
}

async function snapshot(): Promise<string> {
  const rows = TABLES.map((table) => `SELECT row_to_json(${table.replace(/.*\./, "")})::text AS row FROM ${table}`);
  const people = "SELECT (to_json(users)::jsonb - 'password_hash')::text AS row FROM identity.users";
  const [result] = await runSql<{ digest: string }>(
    database,
    `SELECT md5(string_agg(row, E'\\n' ORDER BY row)) AS digest
     FROM (${[...rows, people].join(" UNION ALL ")}) AS everything`,
  );
  return result?.digest ?? "";
}

async function shelvesOffTheLedger(): Promise<object[]> {
  return runSql(
    database,
    `SELECT store_id, product_id, quantity, booked FROM inventory.stock
     FULL JOIN (
       SELECT store_id, product_id, sum(delta) AS booked FROM inventory.movements GROUP BY store_id, product_id
     ) AS ledger USING (store_id, product_id)
     WHERE quantity IS DISTINCT FROM coalesce(booked, 0)`,
  );
}

async function failAtReceiptOf(product: number): Promise<void> {
  await database.query(`
    CREATE OR REPLACE FUNCTION out_of_order() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'the disk is full'; END $$;
    CREATE TRIGGER out_of_order BEFORE INSERT ON inventory.movements FOR EACH ROW
      WHEN (NEW.product_id = '${productIdAt(product)}') EXECUTE FUNCTION out_of_order();`);
}

test.run();
