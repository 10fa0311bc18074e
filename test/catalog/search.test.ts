/** Finding products: every filter and order, and the quantities beside them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";

let api: TestApi;
let admin: Clients;
let anyone: Clients;
const categories: Record<string, string> = {};
const stores: Record<string, string> = {};
const products: Record<string, string> = {};

const usd = (units: number, cents = 0) => ({ currencyCode: "USD", units: BigInt(units), nanos: cents * 10_000_000 });

test.before(async () => {
  api = await startTestApi();
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  anyone = api.clients();
  for (const name of ["Coffee", "Bakery"]) {
    categories[name] = (await admin.catalog.createCategory({ category: { name } })).category?.id ?? "";
  }
  for (const name of ["North", "South"]) {
    stores[name] = (await admin.inventory.createStore({ store: { name } })).store?.id ?? "";
  }
  await stockUp(
    "Dark roast beans",
    "Coffee",
    usd(12, 50),
    { description: "Roasted slowly, for espresso.", featured: true },
    { North: 5, South: 0 },
  );
  await stockUp("Filter papers", "Coffee", usd(3), {}, { North: 0, South: 7 });
  await stockUp("Rye bread", "Bakery", usd(4, 20), { description: "With whole beans of malt." }, { North: 2 });
  await stockUp("Croissant", "Bakery", usd(2, 10), {}, {});
  await stockUp("Hidden cake", "Bakery", usd(9), { active: false }, { North: 9 });
});
test.after(() => api.stop());

async function stockUp(
  title: string,
  category: string,
  price: ReturnType<typeof usd>,
  extra: object,
  stock: Record<string, number>,
) {
  const product = { sku: `SKU-${title}`, title, price, categoryId: categories[category], ...extra };
  const id = (await admin.catalog.createProduct({ product })).product?.id ?? "";
  products[title] = id;
  for (const [store, quantity] of Object.entries(stock)) {
    await admin.inventory.setStock({ storeId: stores[store], productId: id, quantity });
  }
}

type Search = Parameters<Clients["catalog"]["searchProducts"]>[0];

async function titles(search: Search): Promise<string[]> {
  const { results } = await anyone.catalog.searchProducts(search);
  return results.map(({ product }) => product?.title ?? "");
}

const finds: [promise: string, search: () => Search, expected: string[]][] = [
  [
    "without a query everything for sale, newest first",
    () => ({}),
    ["Croissant", "Rye bread", "Filter papers", "Dark roast beans"],
  ],
  ["words find titles before descriptions", () => ({ query: "beans" }), ["Dark roast beans", "Rye bread"]],
  ["words are stemmed", () => ({ query: "roasting" }), ["Dark roast beans"]],
  [
    "words find the category's name",
    () => ({ query: "coffee", orderBy: "name" }),
    ["Dark roast beans", "Filter papers"],
  ],
  ["all words must be there, in whatever field", () => ({ query: "coffee papers" }), ["Filter papers"]],
  [
    "a query of blanks is no query",
    () => ({ query: "   ", orderBy: "oldest" }),
    ["Dark roast beans", "Filter papers", "Rye bread", "Croissant"],
  ],
  ["characters of query languages are harmless", () => ({ query: `'; DROP TABLE "x" -- & | ! ( : *` }), []],
  ["by category id", () => ({ categoryId: categories["Bakery"], orderBy: "price" }), ["Croissant", "Rye bread"]],
  ["by category name, whatever its case", () => ({ category: "bAKERY", orderBy: "price" }), ["Croissant", "Rye bread"]],
  ["an unknown category finds nothing", () => ({ category: "Garden" }), []],
  [
    "price bounds are inclusive",
    () => ({ minPrice: usd(3), maxPrice: usd(4, 20), orderBy: "price" }),
    ["Filter papers", "Rye bread"],
  ],
  ["featured", () => ({ featured: true }), ["Dark roast beans"]],
  ["not featured", () => ({ featured: false, orderBy: "name" }), ["Croissant", "Filter papers", "Rye bread"]],
  [
    "in stock anywhere, each once",
    () => ({ inStock: true, orderBy: "name" }),
    ["Dark roast beans", "Filter papers", "Rye bread"],
  ],
  ["in stock nowhere", () => ({ inStock: false }), ["Croissant"]],
  [
    "in stock in a store",
    () => ({ inStock: true, storeId: stores["North"], orderBy: "name" }),
    ["Dark roast beans", "Rye bread"],
  ],
  [
    "not in stock in a store, which is not the same as in stock",
    () => ({ inStock: false, storeId: stores["North"], orderBy: "name" }),
    ["Croissant", "Filter papers"],
  ],
  [
    "a store leaves nothing out",
    () => ({ storeId: stores["South"], orderBy: "name" }),
    ["Croissant", "Dark roast beans", "Filter papers", "Rye bread"],
  ],
  ["cheapest first", () => ({ orderBy: "price" }), ["Croissant", "Filter papers", "Rye bread", "Dark roast beans"]],
  ["dearest first", () => ({ orderBy: "-price" }), ["Dark roast beans", "Rye bread", "Filter papers", "Croissant"]],
  ["by name backwards", () => ({ orderBy: "-name" }), ["Rye bread", "Filter papers", "Dark roast beans", "Croissant"]],
  ["filters combine by AND", () => ({ query: "beans", maxPrice: usd(10), inStock: true }), ["Rye bread"]],
];

for (const [promise, search, expected] of finds) {
  test(`search: ${promise}`, async () => {
    assert.equal(await titles(search()), expected);
  });
}

for (const orderBy of ["price", "-price", "newest", "oldest", "name", "-name", "relevance"]) {
  test(`pages by ${orderBy} hold each product once, in the order of one page`, async () => {
    const query = orderBy === "relevance" ? "beans" : "";
    const whole = await titles({ query, orderBy });
    const paged: string[] = [];
    let pageToken = "";
    do {
      const page = await anyone.catalog.searchProducts({ query, orderBy, pageSize: 1, pageToken });
      paged.push(...page.results.map(({ product }) => product?.title ?? ""));
      pageToken = page.nextPageToken;
    } while (pageToken !== "");
    assert.equal(paged, whole);
  });
}

test("the total and the facets count what matches, not what is on the page", async () => {
  const { totalSize, totalSizeIsEstimate, facets } = await anyone.catalog.searchProducts({ pageSize: 1 });
  assert.equal([totalSize, totalSizeIsEstimate], [4, false]);
  assert.equal(
    facets.map(({ category, count }) => [category, count]),
    [
      ["Bakery", 2],
      ["Coffee", 2],
    ],
  );
});

test("with a store each result has the quantity there, 0 where it has none; without one it has none", async () => {
  const there = await anyone.catalog.searchProducts({ storeId: stores["North"], orderBy: "name" });
  assert.equal(
    there.results.map(({ quantity }) => quantity),
    [0, 5, 0, 2],
  );
  const anywhere = await anyone.catalog.searchProducts({ orderBy: "name" });
  assert.equal(
    anywhere.results.map(({ quantity }) => quantity),
    [undefined, undefined, undefined, undefined],
  );
});

test("ListProducts gives the quantity in the store, or over all stores", async () => {
  const all = await anyone.catalog.listProducts({ orderBy: "name", categoryId: categories["Coffee"] });
  assert.equal(
    all.results.map(({ product, quantity }) => [product?.title, quantity]),
    [
      ["Dark roast beans", 5],
      ["Filter papers", 7],
    ],
  );
  const south = await anyone.catalog.listProducts({ orderBy: "name", storeId: stores["South"], featured: true });
  assert.equal(
    south.results.map(({ product, quantity }) => [product?.title, quantity]),
    [["Dark roast beans", 0]],
  );
});

test("what an order takes is seen by the next search", async () => {
  const { order } = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  await order.placeOrder({ storeId: stores["South"], items: [{ productId: products["Filter papers"], quantity: 3 }] });
  const { results } = await anyone.catalog.searchProducts({ storeId: stores["South"], query: "papers" });
  assert.equal(
    results.map(({ quantity }) => quantity),
    [4],
  );
});

test("inactive products are seen by admins only", async () => {
  const id = products["Hidden cake"] ?? "";
  assert.is(await reasonOf(anyone.catalog.getProduct({ id })), "PRODUCT_NOT_FOUND");
  assert.is((await admin.catalog.getProduct({ id })).product?.active, false);
  const { results } = await admin.catalog.searchProducts({ active: false });
  assert.equal(
    results.map(({ product }) => product?.title),
    ["Hidden cake"],
  );
});

test("a search that makes no sense says why", async () => {
  const search = (request: Search) => refusalOf(anyone.catalog.searchProducts(request));
  assert.is((await search({ storeId: newId() })).reason, "STORE_NOT_FOUND");
  assert.is((await search({ minPrice: usd(5), maxPrice: usd(4) })).reason, "INVALID_FIELDS");
  assert.is((await search({ minPrice: { currencyCode: "EUR", units: 1n } })).reason, "WRONG_CURRENCY");
  assert.is((await search({ maxPrice: { currencyCode: "USD", nanos: 1 } })).reason, "AMOUNT_TOO_PRECISE");
  assert.equal((await search({ orderBy: "cheap" })).fields, ["order_by"]);
  const response = await fetch(`${api.baseUrl}/bodega.catalog.v1.CatalogService/SearchProducts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '{"minPrice":"abc"}',
  });
  assert.is(response.status, 400);
});

test("a SKU, a category and a store exist once, whatever the case of a name", async () => {
  const product = { sku: "SKU-Rye bread", title: "Another", price: usd(1), categoryId: categories["Bakery"] };
  assert.equal(await refusalOf(admin.catalog.createProduct({ product })), {
    code: "AlreadyExists",
    reason: "SKU_TAKEN",
    fields: ["product.sku"],
    metadata: {},
  });
  assert.is(
    await reasonOf(admin.catalog.createProduct({ product: { ...product, sku: "NEW", categoryId: newId() } })),
    "CATEGORY_NOT_FOUND",
  );
  assert.is(await reasonOf(admin.catalog.createCategory({ category: { name: "coffee" } })), "CATEGORY_NAME_TAKEN");
  assert.is(await reasonOf(admin.inventory.createStore({ store: { name: "NORTH" } })), "STORE_NAME_TAKEN");
});

test("a create repeated with its request_id gives the first answer and makes nothing new", async () => {
  const request = { category: { name: "Tea" }, requestId: crypto.randomUUID() };
  const first = await admin.catalog.createCategory(request);
  assert.equal(await admin.catalog.createCategory(request), first);
  assert.is(
    await reasonOf(admin.catalog.createCategory({ ...request, category: { name: "Teas" } })),
    "REQUEST_ID_REUSED",
  );
});

test("categories come by name, page by page", async () => {
  const first = await anyone.catalog.listCategories({ pageSize: 1 });
  const second = await anyone.catalog.listCategories({ pageSize: 1, pageToken: first.nextPageToken });
  assert.equal(
    [first, second].map(({ categories: [category] }) => category?.name),
    ["Bakery", "Coffee"],
  );
  assert.is((await anyone.catalog.getCategory({ id: categories["Coffee"] })).category?.name, "Coffee");
  assert.is(await reasonOf(anyone.catalog.getCategory({ id: newId() })), "CATEGORY_NOT_FOUND");
});

test.run();
