/** Stores: what an update changes and what it leaves, and when a store may go. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
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

async function newStore(name: string) {
  const { store } = await admin.inventory.createStore({
    store: { name, address: "1 Road", phone: "+1 212 555 0100", lowStockThreshold: 5 },
  });
  if (store === undefined) throw new Error("the answer has no store");
  return store;
}

test("without a mask an update writes what is set and leaves the rest", async () => {
  const made = await newStore("Harbour");
  const { store } = await admin.inventory.updateStore({ store: { id: made.id, address: "2 Quay" } });
  assert.equal(
    [store?.name, store?.address, store?.phone, store?.lowStockThreshold, store?.active],
    ["Harbour", "2 Quay", made.phone, 5, true],
  );
  assert.is.not(store?.etag, made.etag);
  assert.equal((await api.clients().inventory.getStore({ id: made.id })).store, store);
});

test("a mask clears what it names, and only that", async () => {
  const made = await newStore("Market");
  const updateMask = { paths: ["phone", "low_stock_threshold"] };
  const { store } = await admin.inventory.updateStore({ store: { id: made.id, address: "ignored" }, updateMask });
  assert.equal([store?.phone, store?.lowStockThreshold, store?.address], ["", 0, "1 Road"]);
});

test("an unknown path, a cleared name and another's name are refused, and nothing is changed", async () => {
  const made = await newStore("Chapel");
  await newStore("Bridge");
  const update = (store: object, paths?: string[]) =>
    admin.inventory.updateStore({
      store: { id: made.id, ...store },
      ...(paths === undefined ? {} : { updateMask: { paths } }),
    });
  assert.is((await refusalOf(update({}, ["etag"]))).code, "InvalidArgument");
  assert.is(await reasonOf(update({}, ["name"])), "INVALID_FIELDS");
  assert.is(await reasonOf(update({ name: "BRIDGE", address: "3 Lane" })), "STORE_NAME_TAKEN");
  assert.is(await reasonOf(admin.inventory.updateStore({ store: { id: newId(), name: "Nobody" } })), "STORE_NOT_FOUND");
  assert.equal((await api.clients().inventory.getStore({ id: made.id })).store, made);
});

test("a stale etag is refused, and of ten updates with one etag one is taken", async () => {
  const made = await newStore("Station");
  const outcomes = await race(10, (index) =>
    admin.inventory.updateStore({ store: { id: made.id, etag: made.etag, address: `${index} Road` } }).then(
      () => "changed",
      () => "refused",
    ),
  );
  assert.is(outcomes.filter((outcome) => outcome === "changed").length, 1);
  assert.is(
    await reasonOf(admin.inventory.updateStore({ store: { id: made.id, etag: made.etag, name: "Late" } })),
    "STALE_ETAG",
  );
  assert.is(await reasonOf(admin.inventory.deleteStore({ id: made.id, etag: made.etag })), "STALE_ETAG");
});

test("a store that was emptied is deleted, its name is free again, and its ledger stays", async () => {
  const made = await newStore("Attic");
  const { products } = await shopWith(api, { mug: 1 });
  const key = { storeId: made.id, productId: products.mug };
  await admin.inventory.adjustStock({ ...key, delta: 3 });
  assert.is(await reasonOf(admin.inventory.deleteStore({ id: made.id })), "STORE_IN_USE");
  await admin.inventory.adjustStock({ ...key, delta: -3 });
  await admin.inventory.deleteStore({ id: made.id, etag: made.etag });
  assert.is(await reasonOf(api.clients().inventory.getStore({ id: made.id })), "STORE_NOT_FOUND");
  assert.is(await reasonOf(admin.inventory.deleteStore({ id: made.id })), "STORE_NOT_FOUND");
  await newStore("attic");
  const { movements } = await admin.inventory.listStockMovements({ storeId: made.id });
  assert.equal(
    movements.map(({ delta }) => delta),
    [-3, 3],
  );
  assert.ok(
    (await admin.inventory.listStockMovements({ productId: products.mug })).movements.some(
      ({ storeId }) => storeId === made.id,
    ),
  );
});

test("a store with an order is not deleted, even when nothing is left in it", async () => {
  const shop = await shopWith(api, { mug: 1 });
  await customer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  assert.is(await shop.quantity("mug"), 0);
  const refusal = await refusalOf(admin.inventory.deleteStore({ id: shop.storeId }));
  assert.equal([refusal.code, refusal.reason], ["FailedPrecondition", "STORE_IN_USE"]);
  assert.is((await api.clients().inventory.getStore({ id: shop.storeId })).store?.id, shop.storeId);
});

test("a store is deleted or gets stock while both are asked at once, never both", async () => {
  const { products } = await shopWith(api, { mug: 1 });
  for (let round = 0; round < 10; round++) {
    const { id } = await newStore(`Corner ${round}`);
    await admin.inventory.setStock({ storeId: id, productId: products.mug, quantity: 0 });
    const [deleted, stocked] = await Promise.all([
      admin.inventory.deleteStore({ id }).then(
        () => true,
        () => false,
      ),
      admin.inventory.setStock({ storeId: id, productId: products.mug, quantity: 7 }).then(
        () => true,
        () => false,
      ),
    ]);
    assert.is.not(deleted, stocked);
    const rows = await runSql<{ quantity: string }>(
      api.database,
      "SELECT quantity FROM inventory.stock WHERE store_id = $1",
      [id],
    );
    assert.equal(
      rows.map(({ quantity }) => quantity),
      stocked ? ["7"] : [],
    );
  }
});

test("of five deletions at once one deletes, and the others find nothing", async () => {
  const made = await newStore("Kiosk");
  const outcomes = await race(5, (index) => {
    const call = admin.inventory.deleteStore({ id: made.id, etag: index % 2 === 0 ? made.etag : "" });
    return call.then(
      () => "deleted",
      () => reasonOf(call),
    );
  });
  assert.equal(outcomes.toSorted(), [...Array.from({ length: 4 }, () => "STORE_NOT_FOUND"), "deleted"]);
});

test("customers change no store", async () => {
  const made = await newStore("Garden");
  assert.is(await reasonOf(customer.inventory.updateStore({ store: { id: made.id, name: "Mine" } })), "ACCESS_DENIED");
  assert.is(await reasonOf(customer.inventory.deleteStore({ id: made.id })), "ACCESS_DENIED");
  assert.is(await reasonOf(api.clients().inventory.deleteStore({ id: made.id })), "NOT_SIGNED_IN");
});

test("a store that is not there is named by the field that names it", async () => {
  const id = newId();
  const { storeId, products } = await shopWith(api, { mug: 1 });
  const move = { productId: products.mug, quantity: 1 };
  const asked: [() => Promise<unknown>, string][] = [
    [() => customer.inventory.getStore({ id }), "id"],
    [() => admin.inventory.deleteStore({ id }), "id"],
    [() => admin.inventory.updateStore({ store: { id, name: "Nobody" } }), "store.id"],
    [() => customer.inventory.listInventory({ storeId: id }), "store_id"],
    [() => admin.inventory.setStock({ ...move, storeId: id }), "store_id"],
    [() => admin.inventory.transferStock({ ...move, fromStoreId: id, toStoreId: storeId }), "from_store_id"],
    [() => admin.inventory.transferStock({ ...move, fromStoreId: storeId, toStoreId: id }), "to_store_id"],
  ];
  for (const [call, field] of asked) {
    const { reason, fields } = await refusalOf(call());
    assert.equal([reason, fields], ["STORE_NOT_FOUND", [field]]);
  }
});

test.run();
