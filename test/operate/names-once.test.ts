/**
 * Names that older versions took with blanks around them, and SKUs that differ in case only: what `migrate` makes of
 * them, and that it changes nothing where people must decide.
 *
 * Method: the file's database goes back to where both were let in, and rows are written there.
 */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrator } from "../../src/platform/database/schema/migrate.ts";
import { trimmed } from "../../src/platform/wire/trim.ts";
import { runCommand } from "../support/command.ts";
import { empty } from "../support/empty.ts";
import { ownerUrl } from "../support/environment.ts";

const database = openDatabase({ url: ownerUrl, pool: 2, name: "test" });
const steps = migrator(database);
const BEFORE_TRIM = "0050-names-once";
const INDEX = "0051-skus-any-case";
const INDEXED =
  "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'catalog.products'::regclass AND indexrelid::regclass::text LIKE '%sku%' ORDER BY 1";

test.before.each(async () => {
  await empty(database, "catalog.categories, inventory.stores");
  await steps.up();
  await steps.down({ to: BEFORE_TRIM });
});
test.after(() => database.close());

async function category(name: string): Promise<string> {
  const id = newId();
  await runSql(database, "INSERT INTO catalog.categories (id, name) VALUES ($1, $2)", [id, name]);
  return id;
}

async function product(sku: string, categoryId: string): Promise<string> {
  const id = newId();
  await runSql(
    database,
    "INSERT INTO catalog.products (id, sku, title, price, category_id) VALUES ($1, $2, ' Cup ', 1, $3)",
    [id, sku, categoryId],
  );
  return id;
}

async function store(name: string): Promise<string> {
  const id = newId();
  await runSql(database, "INSERT INTO inventory.stores (id, name) VALUES ($1, $2)", [id, name]);
  return id;
}

async function names(): Promise<string[]> {
  const rows = await runSql<{ name: string }>(
    database,
    "SELECT name FROM catalog.categories UNION ALL SELECT sku FROM catalog.products UNION ALL SELECT name FROM inventory.stores",
  );
  return rows.map(({ name }) => name).toSorted();
}

function runMigrate() {
  return runCommand(["migrate"], { environment: { DATABASE_OWNER_URL: ownerUrl } });
}

test("doubles stop it in plain lines that name them, and nothing is changed", async () => {
  const cups = await category("Cups");
  const again = await category("cups\u00A0");
  const [one, two] = [await product("mug-1", cups), await product("MUG-1\u200B", cups)];
  const gone = await product("Mug-1", cups);
  await runSql(database, "UPDATE catalog.products SET deleted_at = now() WHERE id = $1", [gone]);
  await product(" fine ", cups);
  const [north, north2] = [await store("North"), await store(" NORTH")];
  const before = await names();

  const { code, stdout, stderr } = await runMigrate();
  assert.equal([code, stdout], [1, ""]);
  assert.equal(stderr.split("\n"), [
    `Migration ${BEFORE_TRIM} was given up; nothing of it was done. The case of a name and the blanks around it count no more, and so these have the name of another one:`,
    `  categories: ${cups} "Cups"`,
    `  categories: ${again} "cups\\u00a0"`,
    `  products: ${one} "mug-1"`,
    `  products: ${two} "MUG-1\\u200b"`,
    `  stores: ${north} "North"`,
    `  stores: ${north2} " NORTH"`,
    "Rename or delete all but one of each while the version before serves, then run migrate again.",
    "",
  ]);
  assert.equal(await names(), before);
  assert.equal(await runSql(database, INDEXED), [{ name: "catalog.products_sku" }]);
});

test("of many doubles it lists twenty and counts the others, and goes on when they are gone", async () => {
  const cups = await category("Cups");
  const doubles = [];
  for (let number = 0; number < 15; number++)
    doubles.push(await product(`mug-${number}`, cups), await product(`MUG-${number}`, cups));
  const { code, stderr } = await runMigrate();
  assert.is(code, 1);
  assert.is(stderr.split("\n").filter((line) => line.startsWith("  products: ")).length, 20);
  assert.match(stderr, /\n {2}and 10 more products\n/);

  await runSql(database, "UPDATE catalog.products SET deleted_at = now() WHERE sku LIKE 'MUG-%'");
  assert.equal((await runMigrate()).code, 0);
  assert.is(doubles.length, 30);
});

test("blanks of every kind go from names that are unique, with a new version of what had them; a title keeps its own", async () => {
  const blanks = Array.from({ length: 0xffff }, (_, code) => String.fromCharCode(code)).filter(
    (sign) => trimmed(sign) === "",
  );
  const cups = await category(`${blanks.join("")}Cups and saucers${blanks.join("")}`);
  for (const [number, blank] of blanks.entries()) await product(`${blank}${blank}mug ${number}${blank}`, cups);
  await store("North\u200B");
  await product("\u2003\u200B", cups);
  await product("plain", cups);

  const { code, stderr } = await runMigrate();
  assert.equal([code, stderr], [0, ""]);
  const expected = [
    "Cups and saucers",
    ...blanks.map((_, number) => `mug ${number}`),
    "North",
    "\u2003\u200B",
    "plain",
  ];
  assert.equal(await names(), expected.toSorted());
  const versions = await runSql(
    database,
    "SELECT sku, version, title FROM catalog.products WHERE sku IN ('mug 0', 'plain') ORDER BY sku",
  );
  assert.equal(versions, [
    { sku: "mug 0", version: 2, title: " Cup " },
    { sku: "plain", version: 1, title: " Cup " },
  ]);
  assert.equal(
    await runSql(database, "SELECT category_id FROM catalog.renames"),
    [{ category_id: cups }],
    "its products' words are not looked after",
  );
});

test("a double that the version before makes between the steps is told too, and leaves no index behind", async () => {
  const cups = await category("Cups");
  await steps.up({ to: BEFORE_TRIM });
  const [one, two] = [await product("mug-1", cups), await product("MUG-1", cups)];
  const { code, stderr } = await runMigrate();
  assert.is(code, 1);
  assert.equal(stderr.split("\n").slice(1, 3), [`  products: ${one} "mug-1"`, `  products: ${two} "MUG-1"`]);
  assert.match(stderr, new RegExp(`^Migration ${INDEX} was given up`));
  assert.equal(await runSql(database, INDEXED), [{ name: "catalog.products_sku" }]);

  await runSql(database, "UPDATE catalog.products SET sku = 'mug-2' WHERE id = $1", [two]);
  assert.is((await runMigrate()).code, 0);
  assert.equal(await runSql(database, INDEXED), [
    { name: "catalog.products_sku" },
    { name: "catalog.products_sku_any_case" },
  ]);
});

test.run();
