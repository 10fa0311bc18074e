/** Changing and deleting what is sold: masks, etags, what may not go, and what past orders keep. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { race, tally } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";

let api: TestApi;
let admin: Clients;
let anyone: Clients;

const usd = (units: number, cents = 0) => ({ currencyCode: "USD", units: BigInt(units), nanos: cents * 10_000_000 });
let count = 0;

test.before(async () => {
  api = await startTestApi();
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  anyone = api.clients();
});
test.after(() => api.stop());

async function newCategory(): Promise<string> {
  return (
    (await admin.catalog.createCategory({ category: { name: `Category ${++count}`, description: "old" } })).category
      ?.id ?? ""
  );
}

async function newProduct(categoryId: string, more: object = {}) {
  const product = {
    sku: `SKU-${++count}`,
    title: "Enamel mug",
    description: "old",
    price: usd(5),
    categoryId,
    ...more,
  };
  const created = (await admin.catalog.createProduct({ product })).product;
  if (created === undefined) throw new Error("no product was made");
  return created;
}

test("an update by mask writes the named fields and clears those that are empty", async () => {
  const { id, sku } = await newProduct(await newCategory());
  const sent = { id, title: "Steel mug", price: usd(7, 25), sku: "ignored" };
  const { product } = await admin.catalog.updateProduct({
    product: sent,
    updateMask: { paths: ["title", "price", "description"] },
  });
  assert.equal(
    [product?.title, product?.price?.units, product?.price?.nanos, product?.description],
    ["Steel mug", 7n, 250_000_000, ""],
  );
  assert.is(product?.sku, sku);
  assert.equal((await anyone.catalog.getProduct({ id })).product, product);
});

test("an update without a mask writes every field that is set, a false flag among them", async () => {
  const { id } = await newProduct(await newCategory(), { featured: true });
  const { product } = await admin.catalog.updateProduct({ product: { id, active: false } });
  assert.equal([product?.active, product?.featured, product?.title], [false, true, "Enamel mug"]);
  assert.is(await reasonOf(anyone.catalog.getProduct({ id })), "PRODUCT_NOT_FOUND");
});

test("a path that cannot be written is refused, and nothing is changed", async () => {
  const { id } = await newProduct(await newCategory());
  const update = admin.catalog.updateProduct({
    product: { id, title: "New" },
    updateMask: { paths: ["title", "image_uri"] },
  });
  assert.is((await refusalOf(update)).code, "InvalidArgument");
  assert.is((await anyone.catalog.getProduct({ id })).product?.title, "Enamel mug");
});

test("ten admins change what they all read at once: one change is taken, nine are stale", async () => {
  const { id, etag } = await newProduct(await newCategory());
  const outcomes = await race(10, async (index) => {
    const update = admin.catalog.updateProduct({ product: { id, etag, title: `Mug ${index}` } });
    return update.then(
      () => "taken",
      () => reasonOf(update),
    );
  });
  assert.equal(tally(outcomes), { taken: 1, STALE_ETAG: 9 });
});

test("a category is changed and deleted by the same rules", async () => {
  const id = await newCategory();
  const other = (await admin.catalog.getCategory({ id: await newCategory() })).category;
  const { category } = await admin.catalog.updateCategory({
    category: { id, description: "" },
    updateMask: { paths: ["description"] },
  });
  assert.is(category?.description, "");
  assert.is(
    await reasonOf(admin.catalog.updateCategory({ category: { id, name: other?.name.toUpperCase() ?? "" } })),
    "CATEGORY_NAME_TAKEN",
  );
  assert.is(await reasonOf(admin.catalog.deleteCategory({ id, etag: "v1" })), "STALE_ETAG");
  await admin.catalog.deleteCategory({ id, etag: category?.etag ?? "" });
  assert.is(await reasonOf(admin.catalog.deleteCategory({ id })), "CATEGORY_NOT_FOUND");
});

test("a category with products cannot go; emptied by moving and deleting them, it can", async () => {
  const [full, next] = [await newCategory(), await newCategory()];
  const [moved, deleted] = [await newProduct(full), await newProduct(full)];
  const refused = await refusalOf(admin.catalog.deleteCategory({ id: full }));
  assert.equal([refused.code, refused.reason], ["FailedPrecondition", "CATEGORY_NOT_EMPTY"]);
  await admin.catalog.updateProduct({ product: { id: moved.id, categoryId: next } });
  await admin.catalog.deleteProduct({ id: deleted.id });
  await admin.catalog.deleteCategory({ id: full });
  assert.is((await anyone.catalog.getProduct({ id: moved.id })).product?.categoryId, next);
});

test("a category that is deleted while products are put into it: never a product without a category", async () => {
  for (let round = 0; round < 5; round++) {
    const categoryId = await newCategory();
    const outcomes = await race(6, (index) => {
      const call = index === 0 ? admin.catalog.deleteCategory({ id: categoryId }) : newProduct(categoryId);
      return call.then(
        () => "done",
        () => reasonOf(call),
      );
    });
    const expected = outcomes[0] === "done" ? { done: 1, CATEGORY_NOT_FOUND: 5 } : { CATEGORY_NOT_EMPTY: 1, done: 5 };
    assert.equal(tally(outcomes), expected);
  }
});

test("the database itself keeps a product's category, whatever the code does", async () => {
  const categoryId = await newCategory();
  await newProduct(categoryId);
  const deleting = runSql(api.database, "DELETE FROM catalog.categories WHERE id = $1", [categoryId]);
  assert.match(String(await deleting.catch((error: unknown) => error)), /products_category_kept/);
});

test("a deleted product is gone from the catalog, its past order is whole, and its SKU is free again", async () => {
  const categoryId = await newCategory();
  const { id, sku } = await newProduct(categoryId, { title: "Zinc bucket" });
  const storeId = (await admin.inventory.createStore({ store: { name: `Store ${++count}` } })).store?.id ?? "";
  await admin.inventory.setStock({ storeId, productId: id, quantity: 3 });
  const customer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  const { order } = await customer.order.placeOrder({ storeId, items: [{ productId: id, quantity: 1 }] });
  await admin.catalog.deleteProduct({ id });
  assert.is(await reasonOf(admin.catalog.getProduct({ id })), "PRODUCT_NOT_FOUND");
  assert.is(await reasonOf(admin.catalog.deleteProduct({ id })), "PRODUCT_NOT_FOUND");
  assert.equal((await anyone.catalog.searchProducts({ query: "zinc" })).results, []);
  assert.equal((await anyone.catalog.suggestProducts({ query: "zinc" })).titles, []);
  const kept = (await customer.order.getOrder({ id: order?.id ?? "" })).order?.items[0];
  assert.equal([kept?.sku, kept?.title], [sku, "Zinc bucket"]);
  assert.is.not((await newProduct(categoryId, { sku })).id, id);
});

test("several products come in the order of their ids, each once, or not at all", async () => {
  const categoryId = await newCategory();
  const [a, b] = [await newProduct(categoryId), await newProduct(categoryId)];
  const { products } = await anyone.catalog.batchGetProducts({ ids: [b.id.toUpperCase(), a.id, b.id] });
  assert.equal(
    products.map(({ id }) => id),
    [b.id, a.id],
  );
  assert.is(await reasonOf(anyone.catalog.batchGetProducts({ ids: [a.id, newId()] })), "PRODUCT_NOT_FOUND");
  await admin.catalog.updateProduct({ product: { id: a.id, active: false } });
  assert.is(await reasonOf(anyone.catalog.batchGetProducts({ ids: [a.id] })), "PRODUCT_NOT_FOUND");
  assert.is((await admin.catalog.batchGetProducts({ ids: [a.id] })).products.length, 1);
});

test("an inactive category hides its products", async () => {
  const categoryId = await newCategory();
  const { id } = await newProduct(categoryId, { title: "Hidden lantern" });
  await admin.catalog.updateCategory({ category: { id: categoryId, active: false } });
  assert.is(await reasonOf(anyone.catalog.getProduct({ id })), "PRODUCT_NOT_FOUND");
  assert.is(await reasonOf(anyone.catalog.getCategory({ id: categoryId })), "CATEGORY_NOT_FOUND");
  assert.equal((await anyone.catalog.searchProducts({ query: "lantern" })).results, []);
  assert.equal((await anyone.catalog.suggestProducts({ query: "hidden" })).titles, []);
});

test("a renamed category is found by its new name", async () => {
  const categoryId = await newCategory();
  const { id } = await newProduct(categoryId);
  await admin.catalog.updateCategory({ category: { id: categoryId, name: "Haberdashery" } });
  const found = await anyone.catalog.searchProducts({ query: "haberdashery" });
  assert.equal(
    found.results.map(({ product }) => [product?.id, product?.category]),
    [[id, "Haberdashery"]],
  );
});

test("nobody but an admin changes the catalog", async () => {
  const customer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  const { id, categoryId } = await newProduct(await newCategory());
  assert.is(await reasonOf(customer.catalog.updateProduct({ product: { id, price: usd(0, 1) } })), "ACCESS_DENIED");
  assert.is(await reasonOf(customer.catalog.deleteProduct({ id })), "ACCESS_DENIED");
  assert.is(
    await reasonOf(customer.catalog.updateCategory({ category: { id: categoryId, name: "Mine" } })),
    "ACCESS_DENIED",
  );
  assert.is(await reasonOf(anyone.catalog.deleteCategory({ id: categoryId })), "NOT_SIGNED_IN");
});

test.run();
