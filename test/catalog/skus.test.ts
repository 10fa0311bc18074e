/**
 * One SKU, one product, whatever the case: made, changed, deleted, and made by many at once.
 *
 * The sibling makes products as a table without the index would take them: whoever looks first, and finds nothing,
 * writes.
 */
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { meeting, race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";

const MAKERS = 8;

let api: TestApi;
let admin: Clients;
let categoryId: string;

test.before(async () => {
  api = await startTestApi();
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  categoryId = (await admin.catalog.createCategory({ category: { name: "Cups" } })).category?.id ?? "";
});
test.after(() => api.stop());

async function make(sku: string): Promise<{ id: string; sku: string }> {
  const product = { sku, title: "Cup", price: { currencyCode: "USD", units: 1n }, categoryId };
  const made = (await admin.catalog.createProduct({ product })).product;
  if (made === undefined) throw new Error("no product was made");
  return made;
}

/** The same word with each letter in upper or lower case, as the bits of `index` say. */
function inCase(word: string, index: number): string {
  return Array.from(word, (letter, at) => ((index >> at) & 1 ? letter.toUpperCase() : letter.toLowerCase())).join("");
}

test("a SKU in another case is taken, for a new product and for one that exists", async () => {
  await make("Cup-Blå");
  const other = await make("Cup-Red");
  const taken = { code: "AlreadyExists", reason: "SKU_TAKEN", fields: ["product.sku"], metadata: {} };
  assert.equal(await refusalOf(make("CUP-BLÅ")), taken);
  assert.equal(await refusalOf(make(" cup-blå\u00A0")), taken);
  assert.equal(await refusalOf(admin.catalog.updateProduct({ product: { id: other.id, sku: "cup-BLÅ" } })), taken);
});

test("a product's own SKU may change its case, and is given back as it was written", async () => {
  const { id } = await make("cup-own");
  assert.is((await admin.catalog.updateProduct({ product: { id, sku: "Cup-Own" } })).product?.sku, "Cup-Own");
});

test("a deleted product's SKU is free in every case", async () => {
  const { id } = await make("cup-gone");
  await admin.catalog.deleteProduct({ id });
  assert.is((await make("CUP-GONE")).sku, "CUP-GONE");
});

test("eight make one SKU at once, each in a case of its own: one has it, for seven it is taken", async () => {
  for (let round = 0; round < 5; round++) {
    const outcomes = await race(MAKERS, (index) => {
      const call = make(inCase(`abc-${round}`, index));
      return call.then(
        () => "made",
        () => reasonOf(call),
      );
    });
    assert.equal(tally(outcomes), { made: 1, SKU_TAKEN: MAKERS - 1 });
  }
});

/** Looks for the SKU in any case, then writes, into a table with the index by exact text alone. */
function makeWithoutIndex(database: Sequelize, sku: string, met: () => Promise<void>): Promise<string> {
  return withTransaction(database, async () => {
    const there = await runSql(database, "SELECT FROM without_index WHERE lower(sku) = lower($1)", [sku]);
    await met();
    if (there.length > 0) return "SKU_TAKEN";
    await runSql(database, "INSERT INTO without_index VALUES ($1, $2)", [newId(), sku]);
    return "made";
  });
}

test("without the index, two who look before they write both have it", async () => {
  await runSql(api.database, "CREATE TABLE public.without_index (id uuid, sku text UNIQUE)");
  const met = meeting(2);
  const outcomes = await race(2, (index) => makeWithoutIndex(api.database, inCase("abc", index), met));
  await runSql(api.database, "DROP TABLE public.without_index");
  assert.equal(tally(outcomes), { made: 2 });
});

test.run();
