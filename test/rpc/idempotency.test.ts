/** The request_id of creates: one answer for one id, for one caller, for one content. PlaceOrder keeps its own. */
import { toBinary } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CreateCategoryResponseSchema } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { race } from "../support/race.ts";
import { refusalOf } from "../support/refusal.ts";

let api: TestApi;
let admin: Clients;
let other: Clients;
let overGrpc: Clients;

test.before(async () => {
  api = await startTestApi();
  const [one, two] = await Promise.all([api.signUp("ADMIN"), api.signUp("ADMIN")]);
  admin = api.clients({ token: one.token });
  overGrpc = api.clients({ token: one.token, transport: api.grpc });
  other = api.clients({ token: two.token });
});
test.after(() => api.stop());

const category = (name = `A ${newId()}`) => ({ category: { name, description: "☕" }, requestId: newId() });

async function countOf(name: string): Promise<number> {
  return (await runSql(api.database, "SELECT id FROM catalog.categories WHERE name = $1", [name])).length;
}

async function claimsOf(requestId: string): Promise<number> {
  return (await runSql(api.database, "SELECT caller FROM platform.requests WHERE request_id = $1", [requestId])).length;
}

test("a retry gets the first answer, byte by byte, by whatever protocol, and does nothing", async () => {
  const request = category();
  const answers = [
    await admin.catalog.createCategory(request),
    await overGrpc.catalog.createCategory(request),
    await admin.catalog.createCategory(request),
  ];
  const bytes = answers.map((answer) => Buffer.from(toBinary(CreateCategoryResponseSchema, answer)).toString("hex"));
  assert.is(new Set(bytes).size, 1);
  assert.is(await countOf(request.category.name), 1);
});

test("ids are equal whatever their case: the same request in capitals is the same request", async () => {
  const { category: parent } = await admin.catalog.createCategory(category());
  const unique = newId();
  const product = {
    sku: unique,
    title: unique,
    price: { currencyCode: "USD", units: 1n },
    categoryId: parent?.id ?? "",
  };
  const request = { product, requestId: newId() };
  const capitals = {
    product: { ...product, categoryId: product.categoryId.toUpperCase() },
    requestId: request.requestId.toUpperCase(),
  };
  const first = await admin.catalog.createProduct(request);
  for (const client of [admin, overGrpc]) {
    for (const again of [{ ...request, requestId: capitals.requestId }, capitals])
      assert.equal(await client.catalog.createProduct(again), first);
  }
});

test("twenty retries at once are one category and twenty equal answers", async () => {
  const request = category();
  const answers = await race(20, () => admin.catalog.createCategory(request));
  assert.is(new Set(answers.map((answer) => answer.category?.id)).size, 1);
  assert.is(await countOf(request.category.name), 1);
});

test("the same id with other content is refused, and its field is named", async () => {
  const request = category();
  await admin.catalog.createCategory(request);
  const { code, reason, fields } = await refusalOf(
    admin.catalog.createCategory({ ...category(), requestId: request.requestId }),
  );
  assert.equal(
    { code, reason, fields },
    { code: "InvalidArgument", reason: "REQUEST_ID_REUSED", fields: ["request_id"] },
  );
});

test("another caller's same id, and the same id at another RPC, are other requests", async () => {
  const request = category();
  const first = await admin.catalog.createCategory(request);
  const second = await other.catalog.createCategory({ ...request, category: { name: `B ${newId()}` } });
  assert.is.not(first.category?.id, second.category?.id);
  const { store } = await admin.inventory.createStore({
    store: { name: `S ${newId()}` },
    requestId: request.requestId,
  });
  assert.ok(store?.id);
});

test("a request that is refused before its handler claims no id", async () => {
  const request = category();
  assert.is(
    (await refusalOf(admin.catalog.createCategory({ ...request, category: { name: "" } }))).reason,
    "INVALID_FIELDS",
  );
  assert.is(await claimsOf(request.requestId), 0);
  assert.ok((await admin.catalog.createCategory(request)).category?.id);
});

test("an error of ours claims no id: the retry is decided anew", async () => {
  const request = category();
  await runSql(api.database, "ALTER TABLE catalog.categories RENAME TO lost");
  const { code } = await refusalOf(admin.catalog.createCategory(request));
  await runSql(api.database, "ALTER TABLE catalog.lost RENAME TO categories");
  assert.is(code, "Internal");
  assert.is(await claimsOf(request.requestId), 0);
  assert.ok((await admin.catalog.createCategory(request)).category?.id);
});

test("an id without a caller's account, or none at all, is no promise", async () => {
  const name = `A ${newId()}`;
  await admin.catalog.createCategory({ category: { name } });
  assert.is((await refusalOf(admin.catalog.createCategory({ category: { name } }))).reason, "CATEGORY_NAME_TAKEN");
});

test.run();
