/**
 * Every migration: it can be taken back, and the release before could go on serving while it runs and after it.
 *
 * Method: the schema is taken down step by step and brought up again, and compared at each level. What hurts an older
 * release is looked for in the text of the files, since there is no older release to ask for all of it.
 */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrator } from "../../src/platform/database/schema/migrate.ts";
import { hurtsOlderRelease } from "./older-release.ts";
import { schemaOf } from "./schema.ts";

const FOLDER = path.join(import.meta.dirname, "../../src/migrations");
/** Up to here nothing was ever released. */
const LAST_FREE = "0013";

const database = openDatabase({ url: process.env["TEST_DATABASE_OWNER_URL"] ?? "", pool: 2, name: "test" });
const steps = migrator(database);
test.after(() => database.close());

/** What a file runs when it goes up: all but its `down`, and no comments of TypeScript. */
function upOf(file: string): string {
  const [up = ""] = readFileSync(path.join(FOLDER, file), "utf8").split(/^export const down/m);
  return up.replaceAll(/\/\*.*?\*\//gs, "");
}

test("a deleted product whose category is gone survives the way back to where every product had one", async () => {
  const id = newId();
  await runSql(
    database,
    "INSERT INTO catalog.products (id, sku, title, price, deleted_at) VALUES ($1, 'GONE', 'Gone', 100, now())",
    [id],
  );
  await steps.down({ to: "0009-search" });
  const [kept] = await runSql<{ active: boolean }>(
    database,
    "SELECT c.active FROM catalog.products p JOIN catalog.categories c ON c.id = p.category_id WHERE p.id = $1",
    [id],
  );
  assert.equal(kept, { active: false });
  await steps.up();
});

test("each step down leaves exactly the schema that was there before the step up", async () => {
  const names = (await steps.executed()).map(({ name }) => name);
  const down = new Map<string, string[]>();
  for (const name of names.toReversed()) {
    await steps.down();
    down.set(name, await schemaOf(database));
  }
  assert.equal(down.get(names[0] ?? ""), []);
  for (const name of names) {
    const before = new Set(await schemaOf(database));
    const left = new Set(down.get(name));
    assert.equal([...left.symmetricDifference(before)], [], `the way down from ${name}`);
    await steps.up({ migrations: [name] });
  }
});

test("no migration hurts the release before it", () => {
  const files = readdirSync(FOLDER).filter((file) => file.slice(0, LAST_FREE.length) > LAST_FREE);
  assert.equal(
    files.flatMap((file) => hurtsOlderRelease(upOf(file)).map((line) => `${file}: ${line}`)),
    [],
  );
});

const HURTS = [
  "ALTER TABLE orders.orders DROP COLUMN promo_code",
  "DROP TABLE email.deliveries",
  "ALTER TABLE inventory.stores RENAME COLUMN phone TO telephone",
  "ALTER TABLE inventory.stores ALTER COLUMN phone TYPE varchar(20)",
  "ALTER TABLE inventory.stores ALTER COLUMN phone SET NOT NULL",
  "ALTER TABLE inventory.stores ADD COLUMN a text NOT NULL DEFAULT '', ADD COLUMN b text NOT NULL",
  "CREATE INDEX orders_total ON orders.orders (total)",
  "CREATE UNIQUE INDEX stock_once ON inventory.stock (product_id)",
  "ALTER TABLE orders.orders ADD CONSTRAINT orders_small CHECK (total < 1000000)",
  "CREATE TABLE a.b (c text); DROP FUNCTION catalog.learn",
];
const HARMLESS = [
  "CREATE TABLE returns.returns (id uuid PRIMARY KEY, reason text NOT NULL); CREATE INDEX returns_reason ON returns.returns (reason)",
  "ALTER TABLE orders.orders ADD COLUMN gift_note text NOT NULL DEFAULT ''",
  "CREATE INDEX CONCURRENTLY orders_total ON orders.orders (total)",
  "ALTER TABLE orders.orders ADD CONSTRAINT orders_small CHECK (total < 1000000) NOT VALID",
  "CREATE FUNCTION a.b() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DROP TABLE c; END $$",
  "-- contract: unused since 1.4\nALTER TABLE orders.orders DROP COLUMN promo_code",
];

test("what hurts an older release is recognised, and what does not is let through", () => {
  for (const sql of HURTS) assert.is(hurtsOlderRelease(sql).length, 1, sql);
  for (const sql of HARMLESS) assert.equal(hurtsOlderRelease(sql), []);
  assert.ok(hurtsOlderRelease(upOf("0013-carts.ts")).length > 0, "the files are not read as SQL");
});

test.run();
