/** Changing stock by hand: by a number, between stores, and what is refused without a trace. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { StockMovementKind } from "../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
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

async function ledgerOf(storeId: string): Promise<[string, string, string][]> {
  const rows = await runSql<{ kind: string; delta: string; reason: string }>(
    api.database,
    "SELECT kind, delta, reason FROM inventory.movements WHERE store_id = $1 ORDER BY id",
    [storeId],
  );
  return rows.map(({ kind, delta, reason }) => [kind, delta, reason]);
}

test("an adjustment adds or takes, and the ledger has it by its kind", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  assert.is(
    (await admin.inventory.adjustStock({ ...key, delta: 20, kind: StockMovementKind.RECEIPT, reason: "delivery" }))
      .stock?.quantity,
    25,
  );
  assert.is((await admin.inventory.adjustStock({ ...key, delta: -25, reason: "flood" })).stock?.quantity, 0);
  assert.equal(await ledgerOf(shop.storeId), [
    ["RECEIPT", "5", ""],
    ["RECEIPT", "20", "delivery"],
    ["ADJUSTMENT", "-25", "flood"],
  ]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("stock is set where it is what the caller expects; otherwise nothing changes, and the refusal says what is there", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 0 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  for (const expectedQuantity of [0, 4, 6, 2_147_483_647]) {
    const refusal = await refusalOf(admin.inventory.setStock({ ...key, quantity: 9, expectedQuantity }));
    assert.equal([refusal.code, refusal.reason, refusal.metadata["quantity"]], ["Aborted", "STALE_QUANTITY", "5"]);
  }
  assert.is(await shop.quantity("mug"), 5);
  assert.is((await admin.inventory.setStock({ ...key, quantity: 9, expectedQuantity: 5 })).stock?.quantity, 9);
  assert.is(await reasonOf(admin.inventory.setStock({ ...key, quantity: 9, expectedQuantity: 5 })), "STALE_QUANTITY");
  assert.is((await admin.inventory.setStock({ ...key, quantity: 0 })).stock?.quantity, 0);
  assert.is((await admin.inventory.setStock({ ...key, quantity: 3, expectedQuantity: 0 })).stock?.quantity, 3);
  const other = await shopWith(api, { jug: 1 });
  assert.is(
    (await admin.inventory.setStock({ ...key, storeId: other.storeId, quantity: 2, expectedQuantity: 0 })).stock
      ?.quantity,
    2,
  );
  assert.equal((await refusalOf(admin.inventory.setStock({ ...key, quantity: 1, expectedQuantity: -1 }))).fields, [
    "expected_quantity",
  ]);
  assert.equal(await brokenInvariants(api.database, shop), []);
});

test("an adjustment below zero is refused and nothing is changed", async () => {
  const shop = await shopWith(api, { mug: 5, cup: 0 });
  for (const [name, available] of [
    ["mug", "5"],
    ["cup", "0"],
  ] as const) {
    const key = { storeId: shop.storeId, productId: shop.products[name] };
    const refusal = await refusalOf(admin.inventory.adjustStock({ ...key, delta: -6 }));
    assert.equal(
      [refusal.code, refusal.reason, refusal.metadata["available"]],
      ["FailedPrecondition", "INSUFFICIENT_STOCK", available],
    );
  }
  assert.equal([await shop.quantity("mug"), await shop.quantity("cup")], [5, 0]);
  assert.equal(await ledgerOf(shop.storeId), [["RECEIPT", "5", ""]]);
});

test("an adjustment of nothing, a receipt that takes and a kind of the system's are refused", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  assert.equal((await refusalOf(admin.inventory.adjustStock({ ...key, delta: 0 }))).fields, ["delta"]);
  assert.equal(
    (await refusalOf(admin.inventory.adjustStock({ ...key, delta: -1, kind: StockMovementKind.RECEIPT }))).fields,
    ["delta"],
  );
  assert.equal(
    (await refusalOf(admin.inventory.adjustStock({ ...key, delta: 1, kind: StockMovementKind.SALE }))).fields,
    ["kind"],
  );
  assert.is(await shop.quantity("mug"), 5);
});

test("the same request_id adjusts once and answers the same", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const request = { storeId: shop.storeId, productId: shop.products.mug, delta: 4, requestId: crypto.randomUUID() };
  const answers = [await admin.inventory.adjustStock(request), await admin.inventory.adjustStock(request)];
  assert.equal(answers[0], answers[1]);
  assert.is(await shop.quantity("mug"), 9);
  assert.is(await reasonOf(admin.inventory.adjustStock({ ...request, delta: 5 })), "REQUEST_ID_REUSED");
});

test("a transfer moves from one store to the other, also to one that never had any", async () => {
  const from = await shopWith(api, { mug: 10 });
  const to = await shopWith(api, { cup: 1 });
  const wish = {
    fromStoreId: from.storeId.toUpperCase(),
    toStoreId: to.storeId,
    productId: from.products.mug,
    quantity: 4,
    reason: "sale there",
  };
  const { fromStock, toStock } = await admin.inventory.transferStock(wish);
  assert.equal(
    [fromStock?.storeId, fromStock?.quantity, toStock?.storeId, toStock?.quantity],
    [from.storeId, 6, to.storeId, 4],
  );
  assert.equal((await ledgerOf(to.storeId)).at(-1), ["TRANSFER", "4", "sale there"]);
  assert.equal((await ledgerOf(from.storeId)).at(-1), ["TRANSFER", "-4", "sale there"]);
  for (const store of [from, to]) assert.equal(await brokenInvariants(api.database, store), []);
});

test("a transfer of more than there is changes neither store", async () => {
  const from = await shopWith(api, { mug: 3 });
  const to = await shopWith(api, { cup: 1 });
  const wish = { fromStoreId: from.storeId, toStoreId: to.storeId, productId: from.products.mug };
  assert.is(await reasonOf(admin.inventory.transferStock({ ...wish, quantity: 4 })), "INSUFFICIENT_STOCK");
  assert.is(
    await reasonOf(admin.inventory.transferStock({ ...wish, toStoreId: newId(), quantity: 1 })),
    "STORE_NOT_FOUND",
  );
  assert.is(
    await reasonOf(admin.inventory.transferStock({ ...wish, fromStoreId: newId(), quantity: 1 })),
    "STORE_NOT_FOUND",
  );
  assert.is(
    await reasonOf(admin.inventory.transferStock({ ...wish, productId: newId(), quantity: 1 })),
    "PRODUCT_NOT_FOUND",
  );
  assert.is(
    await reasonOf(admin.inventory.transferStock({ ...wish, toStoreId: from.storeId.toUpperCase(), quantity: 1 })),
    "INVALID_FIELDS",
  );
  assert.is(await from.quantity("mug"), 3);
  assert.equal([(await ledgerOf(from.storeId)).length, (await ledgerOf(to.storeId)).length], [1, 1]);
});

test("customers neither adjust nor transfer, and read no ledger", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const key = { storeId: shop.storeId, productId: shop.products.mug };
  assert.is(await reasonOf(customer.inventory.adjustStock({ ...key, delta: 500 })), "ACCESS_DENIED");
  const wish = { fromStoreId: shop.storeId, toStoreId: newId(), productId: shop.products.mug, quantity: 1 };
  assert.is(await reasonOf(customer.inventory.transferStock(wish)), "ACCESS_DENIED");
  assert.is(await reasonOf(customer.inventory.listStockMovements({})), "ACCESS_DENIED");
  assert.is(await shop.quantity("mug"), 5);
});

test("the database itself refuses to rewrite the ledger, and a movement whose signs do not fit its kind", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const saying = (sql: string) => runSql(api.database, sql, [shop.storeId]).then(() => "done", String);
  assert.match(await saying("UPDATE inventory.movements SET delta = 500 WHERE store_id = $1"), /append-only/);
  assert.match(await saying("DELETE FROM inventory.movements WHERE store_id = $1"), /append-only/);
  const insert = (values: string) =>
    saying(`INSERT INTO inventory.movements (store_id, id, product_id, kind, delta, reserved_delta, order_id)
            SELECT $1, gen_random_uuid(), product_id, ${values} FROM inventory.stock WHERE store_id = $1`);
  for (const wrong of [
    "'RECEIPT', -1, 0, NULL",
    "'SALE', -1, 0, NULL",
    "'HOLD', -2, 1, gen_random_uuid()",
    "'RELEASE', 1, 0, gen_random_uuid()",
  ]) {
    assert.match(await insert(wrong), /movements_signs/);
  }
});

test.run();
