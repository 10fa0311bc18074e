/**
 * Pages hold every product once, whatever is inserted while somebody turns them.
 *
 * Method: a random catalog, a random query and page size, and between the pages random inserts before, between and
 * behind what was read; everything that was there at the first page and matches must come exactly once.
 */
import { fc } from "../support/seed.ts";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf } from "../support/refusal.ts";

/** Each run pages through a catalog of its own; forty of them take some seconds. */
const RUNS = 40;

let api: TestApi;
let anyone: Clients;

test.before(async () => {
  api = await startTestApi();
  anyone = api.clients();
});
test.after(() => api.stop());

const someProduct = fc.record({
  title: fc.constantFrom("Red pear", "Green pear", "Pear", "Pear juice", "Plum", "Pear and plum, pear by pear"),
  price: fc.integer({ min: 1, max: 4 }),
  featured: fc.boolean(),
});
type SomeProduct = typeof someProduct extends fc.Arbitrary<infer T> ? T : never;

const someQuery = fc.record({
  query: fc.constantFrom("", "pear", "paer"),
  orderBy: fc.constantFrom("relevance", "price", "-price", "newest", "oldest", "name", "-name"),
  featured: fc.constantFrom(undefined, true),
});

async function insert(categoryId: string, { title, price, featured }: SomeProduct): Promise<string> {
  const id = newId();
  await runSql(
    api.database,
    "INSERT INTO catalog.products (id, sku, title, price, featured, category_id) VALUES ($1, $2, $3, $4, $5, $6)",
    [id, id, title, price, featured, categoryId],
  );
  return id;
}

async function newCategory(): Promise<string> {
  const id = newId();
  await runSql(api.database, "INSERT INTO catalog.categories (id, name) VALUES ($1, $2)", [id, `Shelf ${id}`]);
  return id;
}

test("no product is skipped and none is repeated while others are inserted", async () => {
  const property = fc.asyncProperty(
    fc.array(someProduct, { minLength: 1, maxLength: 25 }),
    someQuery,
    fc.integer({ min: 1, max: 6 }),
    fc.array(someProduct, { maxLength: 12 }),
    async (products, query, pageSize, later) => {
      const categoryId = await newCategory();
      for (const product of products) await insert(categoryId, product);
      const whole = await anyone.catalog.searchProducts({ ...query, categoryId, pageSize: 100 });
      const expected = whole.results.map(({ product }) => product?.id ?? "");
      const paged: string[] = [];
      const inserted = new Set<string>();
      let pageToken = "";
      do {
        const page = await anyone.catalog.searchProducts({ ...query, categoryId, pageSize, pageToken });
        paged.push(...page.results.map(({ product }) => product?.id ?? ""));
        pageToken = page.nextPageToken;
        const next = later.pop();
        if (next !== undefined) inserted.add(await insert(categoryId, next));
      } while (pageToken !== "");
      assert.is(new Set(paged).size, paged.length, "a product came twice");
      assert.equal(
        paged.filter((id) => !inserted.has(id)),
        expected,
      );
    },
  );
  await fc.assert(property, { numRuns: RUNS });
});

test("a token belongs to its query: with another filter, order or words it is refused", async () => {
  const categoryId = await newCategory();
  for (let n = 0; n < 3; n++) await insert(categoryId, { title: "Pear", price: n, featured: false });
  const { nextPageToken: pageToken } = await anyone.catalog.searchProducts({ query: "pear", categoryId, pageSize: 1 });
  const reuse = (more: object) =>
    reasonOf(anyone.catalog.searchProducts({ query: "pear", categoryId, pageToken, ...more }));
  for (const other of [{ query: "plum" }, { orderBy: "price" }, { featured: false }, { categoryId: "" }]) {
    assert.is(await reuse(other), "INVALID_PAGE_TOKEN");
  }
  assert.is(await reuse({ pageToken: `${pageToken.slice(0, -4)}AAAA` }), "INVALID_PAGE_TOKEN");
  assert.is(
    (await anyone.catalog.searchProducts({ query: "pear", categoryId, pageToken, pageSize: 7 })).results.length,
    2,
  );
});

test.run();
