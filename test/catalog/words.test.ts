/** Words: typing errors, exact titles, the cap of what is ranked, bounded counts, and suggestions. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { MAX_RANKED } from "../../src/domains/catalog/search/relevance-sql.ts";
import { edits, meanings, plainWords } from "../../src/domains/catalog/search/spelling.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";

let api: TestApi;
let anyone: Clients;
const categoryId = newId();
/** More than are counted one by one. */
const MANY = 12_000;

test.before(async () => {
  api = await startTestApi();
  anyone = api.clients();
  await runSql(api.database, "INSERT INTO catalog.categories (id, name) VALUES ($1, 'Garden tools')", [categoryId]);
  await add("Espresso beans", "Dark and oily.");
  await add("Whole milk", "From the valley.");
  await add("Milk chocolate bar", "Melts slowly.");
  await add("Oat milk", "Without cows.");
  await add("Lamp", "The very oldest lamp.");
  // Ids of which the order is that of their making, as everywhere.
  await runSql(
    api.database,
    `INSERT INTO catalog.products (id, sku, title, description, price, category_id)
     SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'LAMP-' || n, 'Desk lamp ' || n, 'Sheds light.', n, $1
     FROM generate_series(1, ${MANY}) AS n`,
    [categoryId],
  );
  await runSql(api.database, "ANALYZE catalog.products");
});
test.after(() => api.stop());

async function add(title: string, description: string): Promise<void> {
  const id = title === "Lamp" ? "01800000-0000-7000-8000-000000000000" : newId();
  await runSql(
    api.database,
    "INSERT INTO catalog.products (id, sku, title, description, price, category_id) VALUES ($1, $2, $3, $4, 100, $5)",
    [id, title, title, description, categoryId],
  );
}

async function titles(query: string): Promise<string[]> {
  const { results } = await anyone.catalog.searchProducts({ query });
  return results.map(({ product }) => product?.title ?? "");
}

const slips: [typed: string, meant: string[]][] = [
  ["expresso", ["Espresso beans"]],
  ["espresso baens", ["Espresso beans"]],
  ["choclate", ["Milk chocolate bar"]],
  ["chocolat milk", ["Milk chocolate bar"]],
  ["vallley", ["Whole milk"]],
  ["gardn espreso", ["Espresso beans"]],
];
for (const [typed, meant] of slips) {
  test(`"${typed}" finds ${meant.join(", ")}`, async () => {
    assert.equal(await titles(typed), meant);
  });
}

test("a word that is spelled like one of ours is not taken for another, and nonsense finds nothing", async () => {
  assert.equal(await titles("oats"), ["Oat milk"]);
  assert.equal(await titles("espresso chocolate"), []);
  assert.equal(await titles("xyzzyq"), []);
  assert.equal(await titles('"espreso"'), []);
});

test("the pages of a mistyped query go on with the same meaning", async () => {
  const first = await anyone.catalog.searchProducts({ query: "millk", pageSize: 2 });
  const second = await anyone.catalog.searchProducts({ query: "millk", pageSize: 2, pageToken: first.nextPageToken });
  const all = [first, second].flatMap(({ results }) => results.map(({ product }) => product?.title ?? ""));
  assert.equal(all.toSorted(), ["Milk chocolate bar", "Oat milk", "Whole milk"]);
  assert.equal([first.totalSize, second.totalSize, second.nextPageToken], [3, 3, ""]);
});

test("an exact title comes first, however old it is and however many others match", async () => {
  assert.is((await titles("lamp"))[0], "Lamp");
  assert.is((await titles("LAMP"))[0], "Lamp");
});

test("a page beyond what is ranked goes on with the older matches, newest first", async () => {
  const seen: string[] = [];
  let pageToken = "";
  while (seen.length <= MAX_RANKED + 200) {
    const page = await anyone.catalog.searchProducts({ query: "lamp", pageSize: 100, pageToken });
    seen.push(...page.results.map(({ product }) => product?.title ?? ""));
    ({ nextPageToken: pageToken } = page);
  }
  assert.is(new Set(seen).size, seen.length);
  assert.equal(seen.slice(0, 2), ["Lamp", `Desk lamp ${MANY}`]);
  assert.is(seen[MAX_RANKED + 1], `Desk lamp ${MANY - MAX_RANKED}`);
});

test("a total is exact up to ten thousand and says when it is an estimate", async () => {
  const exact = await anyone.catalog.searchProducts({ query: "lamp", maxPrice: { currencyCode: "USD", units: 50n } });
  assert.equal([exact.totalSize, exact.totalSizeIsEstimate], [5001, false]);
  const estimated = await anyone.catalog.searchProducts({ query: "lamp" });
  assert.ok(estimated.totalSizeIsEstimate);
  assert.ok(Math.abs(estimated.totalSize - MANY) < MANY / 5, `${estimated.totalSize} of ${MANY}`);
  assert.equal(
    estimated.facets.map(({ category, count }) => [category, count]),
    [["Garden tools", estimated.totalSize]],
  );
});

test("suggestions: titles that start so first, then those in which a later word does", async () => {
  const suggest = async (query: string) => (await anyone.catalog.suggestProducts({ query })).titles;
  assert.equal(await suggest("mil"), ["Milk chocolate bar", "Oat milk", "Whole milk"]);
  assert.equal(await suggest("MILK CHOC"), ["Milk chocolate bar"]);
  assert.equal(await suggest("chocolate b"), ["Milk chocolate bar"]);
  assert.equal(await suggest("ilk"), []);
  assert.equal(await suggest("mi%"), []);
  assert.equal((await suggest("lamp")).length, 10);
  assert.is((await suggest("lamp"))[0], "Lamp");
});

test("a suggestion follows a new title, and none comes twice", async () => {
  await add("Quince jelly", "");
  await runSql(api.database, "UPDATE catalog.products SET title = 'Quince jam' WHERE title = 'Quince jelly'");
  await runSql(
    api.database,
    `INSERT INTO catalog.products (id, sku, title, price, category_id) VALUES ($1, 'twin', 'Quince jam', 1, $2)`,
    [newId(), categoryId],
  );
  assert.equal((await anyone.catalog.suggestProducts({ query: "quince" })).titles, ["Quince jam"]);
  assert.equal((await anyone.catalog.suggestProducts({ query: "jelly" })).titles, []);
});

test("edits count a swap of neighbours as one", () => {
  assert.equal(
    [
      edits("milk", "milk"),
      edits("mlik", "milk"),
      edits("milkk", "milk"),
      edits("", "oat"),
      edits("coffee", "toffees"),
    ],
    [0, 1, 1, 3, 2],
  );
});

test("a word means what is fewest edits away, and words of one stem count once", () => {
  const similar = [
    { word: "beans", stem: "bean" },
    { word: "bean", stem: "bean" },
    { word: "means", stem: "mean" },
    { word: "leaves", stem: "leav" },
  ];
  assert.equal(meanings("baens", similar), ["beans"]);
  assert.equal(meanings("bea", similar), []);
  assert.equal(plainWords('milk "oat"'), []);
});

test.run();
