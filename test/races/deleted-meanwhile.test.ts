/**
 * What a call names is deleted at the same moment: the call is refused as if it had come later, never by a fault of ours.
 *
 * Method: the deletion is done and not committed; the call has looked, writes, and waits for it; then it is committed. The
 * sibling rolls it back, and the same calls are answered.
 */
import type { Transaction } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { REFERENCES, WITHIN_ONE_WRITE } from "../../src/rpc/deleted-meanwhile.ts";
import { reasons } from "../../src/platform/errors/failure.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { reasonOf, refusalOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

const ROUNDS = 10;

let api: TestApi;
let buyer: Clients;
let admin: Clients;
let shop: Shop<"mug">;
let stores = 0;

test.before(async () => {
  api = await startTestApi();
  buyer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  admin = api.clients({ token: (await api.signUp("ADMIN")).token, transport: api.grpc });
  shop = await shopWith(api, { mug: 100 });
  await buyer.cart.addCartItem({ productId: shop.products.mug, quantity: 1 });
});
test.after(() => api.stop());

async function newStore(): Promise<string> {
  const { store } = await admin.inventory.createStore({ store: { name: `Short-lived ${++stores}` } });
  return store?.id ?? "";
}

async function newCategory(): Promise<string> {
  const { category } = await admin.catalog.createCategory({ category: { name: `Short-lived ${++stores}` } });
  return category?.id ?? "";
}

interface Case {
  name: string;
  table: "inventory.stores" | "catalog.categories";
  /** @param id of what is being deleted */
  call: (id: string) => Promise<unknown>;
  reason: string;
  fields: string[];
}

const key = () => ({ productId: shop.products.mug, reason: "test" });
const product = (categoryId: string) => ({
  sku: newId(),
  title: "Cup",
  categoryId,
  price: { currencyCode: "USD", units: 1n },
});

const cases: Case[] = [
  {
    name: "SetStock",
    table: "inventory.stores",
    call: (storeId) => admin.inventory.setStock({ ...key(), storeId, quantity: 3 }),
    reason: "STORE_NOT_FOUND",
    fields: ["store_id"],
  },
  {
    name: "SetStock to nothing",
    table: "inventory.stores",
    call: (storeId) => admin.inventory.setStock({ ...key(), storeId, quantity: 0 }),
    reason: "STORE_NOT_FOUND",
    fields: ["store_id"],
  },
  {
    name: "AdjustStock",
    table: "inventory.stores",
    call: (storeId) => admin.inventory.adjustStock({ ...key(), storeId, delta: 3 }),
    reason: "STORE_NOT_FOUND",
    fields: ["store_id"],
  },
  {
    name: "TransferStock to it",
    table: "inventory.stores",
    call: (toStoreId) => admin.inventory.transferStock({ ...key(), fromStoreId: shop.storeId, toStoreId, quantity: 1 }),
    reason: "STORE_NOT_FOUND",
    fields: ["to_store_id"],
  },
  {
    name: "PlaceOrder",
    table: "inventory.stores",
    call: (storeId) => buyer.order.placeOrder({ storeId, items: shop.items({ mug: 1 }) }),
    reason: "STORE_NOT_FOUND",
    fields: ["store_id"],
  },
  {
    name: "CheckoutCart",
    table: "inventory.stores",
    call: (storeId) => buyer.cart.checkoutCart({ storeId }),
    reason: "STORE_NOT_FOUND",
    fields: ["store_id"],
  },
  {
    name: "UpdateStore",
    table: "inventory.stores",
    call: (id) =>
      admin.inventory.updateStore({ store: { id, address: "1 Main Street" }, updateMask: { paths: ["address"] } }),
    reason: "STORE_NOT_FOUND",
    fields: ["store.id"],
  },
  {
    name: "CreateProduct",
    table: "catalog.categories",
    call: (id) => admin.catalog.createProduct({ product: product(id) }),
    reason: "CATEGORY_NOT_FOUND",
    fields: ["product.category_id"],
  },
  {
    name: "UpdateProduct",
    table: "catalog.categories",
    call: (categoryId) =>
      admin.catalog.updateProduct({
        product: { id: shop.products.mug, categoryId },
        updateMask: { paths: ["category_id"] },
      }),
    reason: "CATEGORY_NOT_FOUND",
    fields: ["product.category_id"],
  },
  {
    name: "UpdateCategory",
    table: "catalog.categories",
    call: (id) =>
      admin.catalog.updateCategory({ category: { id, description: "Other" }, updateMask: { paths: ["description"] } }),
    reason: "CATEGORY_NOT_FOUND",
    fields: [],
  },
];

/** Deletes it without a commit, and calls; comes back when the call waits for that. */
async function during(
  { table, call }: Pick<Case, "table" | "call">,
  id: string,
): Promise<{ deletion: Transaction; answer: Promise<unknown> }> {
  const deletion = await api.database.transaction();
  await api.database.query(`DELETE FROM ${table} WHERE id = $1`, { bind: [id], transaction: deletion });
  const answer = call(id);
  answer.catch(() => undefined);
  await until("the call waits", async () => (await runSql(api.database, BLOCKED)).length > 0);
  return { deletion, answer };
}

const BLOCKED =
  "SELECT FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0";

for (const one of cases) {
  test(`${one.name} while it is deleted is refused as if it came later; where it stays, it is answered`, async () => {
    const [gone, kept] =
      one.table === "inventory.stores"
        ? [await newStore(), await newStore()]
        : [await newCategory(), await newCategory()];
    const refused = await during(one, gone);
    await refused.deletion.commit();
    const { reason, fields } = await refusalOf(refused.answer);
    assert.equal([reason, fields], [one.reason, one.fields]);
    assert.is(await reasonOf(one.call(gone)), one.reason);

    const answered = await during(one, kept);
    await answered.deletion.rollback();
    await answered.answer;
  });
}

test("such a refusal is kept for its request id like any other", async () => {
  const storeId = await newStore();
  const request = { ...key(), storeId, delta: 3, requestId: newId() };
  const { deletion, answer } = await during(
    { table: "inventory.stores", call: () => admin.inventory.adjustStock(request) },
    storeId,
  );
  await deletion.commit();
  assert.is(await reasonOf(answer), "STORE_NOT_FOUND");
  assert.is(await reasonOf(admin.inventory.adjustStock(request)), "STORE_NOT_FOUND");
  assert.is(await reasonOf(admin.inventory.adjustStock({ ...request, delta: 4 })), "REQUEST_ID_REUSED");
});

test("stock that is written and the deletion of its store, by the API: one of the two, and no fault", async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const id = await newStore();
    const changes = [
      admin.inventory.setStock({ ...key(), storeId: id, quantity: 1 }),
      admin.inventory.adjustStock({ ...key(), storeId: id, delta: 1 }),
      admin.inventory.transferStock({ ...key(), fromStoreId: shop.storeId, toStoreId: id, quantity: 1 }),
    ];
    const deletion = admin.inventory.deleteStore({ id });
    const [deleted, ...written] = await Promise.all(
      [deletion, ...changes].map((call) =>
        call.then(
          () => "done",
          () => reasonOf(call),
        ),
      ),
    );
    const allowed = deleted === "done" ? ["STORE_NOT_FOUND"] : ["done"];
    assert.ok(deleted === "done" || deleted === "STORE_IN_USE", deleted);
    assert.equal(
      written.filter((end) => !allowed.includes(end)),
      [],
      `the store: ${deleted}`,
    );
  }
});

test("every foreign key that a call can break has its refusal", async () => {
  const rows = await runSql<{ name: string }>(
    api.database,
    "SELECT connamespace::regnamespace || '.' || conname AS name FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 ORDER BY name",
  );
  assert.equal(
    rows.map(({ name }) => name),
    [...Object.keys(REFERENCES), ...WITHIN_ONE_WRITE].toSorted(),
  );
  for (const [reason] of Object.values(REFERENCES)) assert.ok(reason in reasons);
});

test.run();
