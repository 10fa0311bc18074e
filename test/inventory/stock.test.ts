/** Stores and their stock: who may change it, what it tells, and the ledger behind it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { race } from "../support/race.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { shopWith } from "../support/shop.ts";

let api: TestApi;
let admin: Clients;
let customer: Clients;

test.before(async () => {
  api = await startTestApi();
  admin = api.clients({ token: (await api.signUp("ADMIN")).token });
  customer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
});
test.after(() => api.stop());

test("a quantity that is set is the quantity, and the ledger says by how much it changed and why", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  const { stock } = await admin.inventory.setStock({ ...key, quantity: 12, reason: "counted" });
  assert.equal([stock?.quantity, stock?.reserved, stock?.productId], [12, 0, shop.products.mug]);
  await admin.inventory.setStock({ ...key, quantity: 12 });
  await admin.inventory.setStock({ ...key, quantity: 0, reason: "broken" });
  const movements = await runSql<{ kind: string; delta: string; reason: string }>(
    api.database,
    "SELECT kind, delta, reason FROM inventory.movements WHERE store_id = $1 ORDER BY id",
    [shop.storeId],
  );
  assert.equal(
    movements.map(({ kind, delta, reason }) => [kind, delta, reason]),
    [
      ["RECEIPT", "5", ""],
      ["ADJUSTMENT", "7", "counted"],
      ["ADJUSTMENT", "-12", "broken"],
    ],
  );
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("setting the stock while orders are placed loses neither", async () => {
  const shop = await shopWith(api, { mug: 500 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  await race<unknown>(60, (index) =>
    index % 3 === 0
      ? admin.inventory.setStock({ ...key, quantity: 500 + index })
      : customer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) }),
  );
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("a product's stock is told for every store, with zeros where there is none", async () => {
  const north = await shopWith(api, { mug: 5 });
  const south = await shopWith(api, { other: 1 });
  const empty = await shopWith(api, { other: 1 });
  await admin.inventory.setStock({ storeId: south.storeId, productId: north.products.mug, quantity: 3 });
  const { stocks, totalQuantity } = await api.clients().inventory.getStock({ productId: north.products.mug });
  const byStore = Object.fromEntries(stocks.map(({ storeId, quantity }) => [storeId, quantity]));
  assert.equal([byStore[north.storeId], byStore[south.storeId], byStore[empty.storeId]], [5, 3, 0]);
  assert.is(stocks.find(({ storeId }) => storeId === empty.storeId)?.updateTime, undefined);
  assert.is(stocks.length, (await api.clients().inventory.listStores({ pageSize: 100 })).stores.length);
  assert.is(totalQuantity, 8);
});

test("a product that no store has is known, an unknown one is not", async () => {
  const { categories } = await admin.catalog.listCategories({ pageSize: 1 });
  const price = { currencyCode: "USD", units: 1n };
  const product = { sku: "NOWHERE", title: "Nowhere", price, categoryId: categories[0]?.id };
  const { product: made } = await admin.catalog.createProduct({ product });
  const { stocks, totalQuantity } = await api.clients().inventory.getStock({ productId: made?.id });
  assert.ok(stocks.length > 0 && stocks.every(({ quantity, reserved }) => quantity === 0 && reserved === 0));
  assert.is(totalQuantity, 0);
  assert.is(await reasonOf(api.clients().inventory.getStock({ productId: newId() })), "PRODUCT_NOT_FOUND");
});

test("a store's inventory comes by title, page by page, with price and category", async () => {
  const shop = await shopWith(api, { cup: 2, bowl: 0, mug: 5 });
  const titles: [string, number][] = [];
  let pageToken = "";
  do {
    const page = await api.clients().inventory.listInventory({ storeId: shop.storeId, pageSize: 2, pageToken });
    titles.push(...page.items.map(({ title, quantity }): [string, number] => [title, quantity]));
    assert.ok(page.items.every(({ price, category, sku }) => price?.units === 2n && category !== "" && sku !== ""));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  assert.equal(titles, [
    ["bowl", 0],
    ["cup", 2],
    ["mug", 5],
  ]);
  assert.is(await reasonOf(api.clients().inventory.listInventory({ storeId: newId() })), "STORE_NOT_FOUND");
});

test("what is not for sale is in the inventory that admins see, and in no other", async () => {
  const shop = await shopWith(api, { cup: 2, mug: 5 });
  await runSql(api.database, "UPDATE catalog.products SET active = false WHERE id = $1", [shop.products.mug]);
  const titles = async ({ inventory }: Clients) =>
    (await inventory.listInventory({ storeId: shop.storeId })).items.map(({ title }) => title);
  assert.equal(await titles(customer), ["cup"]);
  assert.equal(await titles(api.clients()), ["cup"]);
  assert.equal(await titles(admin), ["cup", "mug"]);
});

test("stock of what does not exist is refused, and so is a negative one", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { storeId } = shop;
  const productId = shop.products.mug;
  assert.is(await reasonOf(admin.inventory.setStock({ storeId: newId(), productId, quantity: 1 })), "STORE_NOT_FOUND");
  assert.is(
    await reasonOf(admin.inventory.setStock({ storeId, productId: newId(), quantity: 1 })),
    "PRODUCT_NOT_FOUND",
  );
  assert.equal((await refusalOf(admin.inventory.setStock({ storeId, productId, quantity: -1 }))).fields, ["quantity"]);
  assert.is(await shop.quantity("mug"), 5);
});

test("customers change neither stock nor stores", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const change = { storeId: shop.storeId, productId: shop.products.mug, quantity: 500 };
  assert.is(await reasonOf(customer.inventory.setStock(change)), "ACCESS_DENIED");
  assert.is(await reasonOf(api.clients().inventory.setStock(change)), "NOT_SIGNED_IN");
  assert.is(await reasonOf(customer.inventory.createStore({ store: { name: "Mine" } })), "ACCESS_DENIED");
  assert.is(await shop.quantity("mug"), 5);
});

test("stores come by name, page by page", async () => {
  for (const name of ["Zebra lane", "Acorn street"])
    await admin.inventory.createStore({ store: { name, address: "1 Road", phone: "+1 212 555 0100" } });
  const first = await api.clients().inventory.listStores({ pageSize: 1 });
  assert.is(first.stores[0]?.name, "Acorn street");
  const [store] = first.stores;
  assert.equal((await api.clients().inventory.getStore({ id: store?.id })).store, store);
  assert.is(await reasonOf(api.clients().inventory.getStore({ id: newId() })), "STORE_NOT_FOUND");
});

test.run();
