/**
 * What the console asks the API for: each kind of thing by its RPCs, with the filters that the address has, only what
 * was changed, and the etag that was read.
 */
import { create, fromJson, type JsonValue, type Message, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Transport } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CatalogService, SearchProductsResponseSchema } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { ProductSchema } from "../../gen/bodega/catalog/v1/product_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { PromotionSchema } from "../../gen/bodega/promotion/v1/promotion_pb.ts";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { categories, products } from "../../src/console/app/resources/catalog.ts";
import { changedNames, draftOf, fieldsOf, requestOf, send } from "../../src/console/app/forms/draft.ts";
import { auditEvents, serviceKeys, users } from "../../src/console/app/resources/identity.ts";
import { movements, stores } from "../../src/console/app/resources/inventory.ts";
import { deadLetters, deliveries, webhooks } from "../../src/console/app/resources/notification.ts";
import { orders, steps } from "../../src/console/app/resources/order.ts";
import { problemOf } from "../../src/console/app/data/problem.ts";
import { promotions } from "../../src/console/app/resources/promotion.ts";
import { promotionStatus } from "../../src/console/app/resources/promotion-status.ts";
import { among, momentOf, type Query, yesNo } from "../../src/console/app/resources/resource.ts";

const ID = "01943fe4-15e0-7000-9136-120f56ee2db3";
const QUERY: Query = { pageSize: 20, pageToken: "", query: "", orderBy: "", filters: {} };

/** A transport that gives the same answer to everything, and remembers what it was asked. */
function answering(answer: (asked: Message) => JsonValue): Transport & { asked: Message[] } {
  const asked: Message[] = [];
  return {
    asked,
    async unary(method, _signal, _timeoutMs, _headers, input) {
      const request = create(method.input, input);
      asked.push(request);
      const message = fromJson(method.output, answer(request));
      return { stream: false, service: method.parent, method, header: new Headers(), trailer: new Headers(), message };
    },
    stream: () => Promise.reject(new Error("no stream is asked for here")),
  };
}

const nothing = () => answering(() => ({}));

test("a list asks with the filters, the words and the order that the address has, and reads the page and its total", async () => {
  const page = create(SearchProductsResponseSchema, {
    results: [{ product: { id: ID, title: "Mug" } }, {}],
    nextPageToken: "next",
    totalSize: 7,
    totalSizeIsEstimate: true,
  });
  const transport = answering(() => toJson(SearchProductsResponseSchema, page));
  const filters = { category: ID, active: "no", featured: "", stock: "yes" };
  const { rows, nextPageToken, total } = await products.list.send(transport, {
    ...QUERY,
    pageToken: "this",
    query: "mug",
    orderBy: "-price",
    filters,
  });
  assert.equal([rows.map(({ title }) => title), nextPageToken, total], [["Mug"], "next", { size: 7, estimated: true }]);
  const [asked] = transport.asked;
  assert.equal(
    asked,
    create(CatalogService.method.searchProducts.input, {
      query: "mug",
      orderBy: "-price",
      pageSize: 20,
      pageToken: "this",
      categoryId: ID,
      active: false,
      inStock: true,
    }),
  );
});

test("a filter that nobody chose is left out, and one that makes no sense too", () => {
  assert.equal([yesNo(undefined), yesNo(""), yesNo("yes"), yesNo("no")], [undefined, undefined, true, false]);
  assert.equal(
    [
      among(OrderStatus, String(OrderStatus.SHIPPED)),
      among(OrderStatus, "99"),
      among(OrderStatus, "x"),
      among(OrderStatus, undefined),
    ],
    [OrderStatus.SHIPPED, undefined, undefined, undefined],
  );
  assert.equal(
    [momentOf("2026-03-01T00:00:00Z"), momentOf(""), momentOf(undefined), momentOf("soon")],
    [{ seconds: 1_772_323_200n }, undefined, undefined, undefined],
  );
});

test("orders and users are listed by what was chosen", async () => {
  const transport = nothing();
  await orders.list.send(transport, {
    ...QUERY,
    query: "ada",
    filters: { status: String(OrderStatus.CONFIRMED), user: ID, store: ID, from: "2026-03-01T00:00:00Z" },
  });
  await users.list.send(transport, { ...QUERY, query: "ada", filters: { role: String(Role.ADMIN), disabled: "yes" } });
  const { listOrders } = OrderService.method;
  const { listUsers } = IdentityService.method;
  assert.equal(transport.asked, [
    create(listOrders.input, {
      pageSize: 20,
      query: "ada",
      userId: ID,
      storeId: ID,
      status: OrderStatus.CONFIRMED,
      startTime: { seconds: 1_772_323_200n },
    }),
    create(listUsers.input, { pageSize: 20, query: "ada", role: Role.ADMIN, disabled: true }),
  ]);
});

test("an edit sends what was changed, with the etag that was read, and nothing that was not", async () => {
  const row = create(ProductSchema, {
    id: ID,
    sku: "MUG-1",
    title: "Mug",
    description: "Holds coffee",
    active: true,
    etag: "v7",
  });
  const fields = fieldsOf(products, false);
  const read = draftOf(products, row, fields);
  const draft = { ...read, values: { ...read.values, title: "Mug, blue", price: "12.50" } };
  assert.equal(changedNames(draft), ["title", "price"]);
  const wish = requestOf(products, { draft, fields, isNew: false, currency: "USD" });
  const transport = answering(() => ({ product: { id: ID, title: "Mug, blue", etag: "v8" } }));
  assert.ok(products.update);
  const written = await send(products.update, transport, wish);
  assert.is(written.row?.etag, "v8");
  const { updateProduct } = CatalogService.method;
  assert.equal(
    transport.asked[0],
    create(updateProduct.input, {
      product: {
        id: ID,
        title: "Mug, blue",
        price: { currencyCode: "USD", units: 12n, nanos: 500_000_000 },
        active: true,
        etag: "v7",
      },
      updateMask: { paths: ["title", "price"] },
    }),
  );
});

test("a webhook is found on whatever page it is, and one that nobody has is not", async () => {
  const transport = answering((asked) =>
    Reflect.get(asked, "pageToken") === ""
      ? { webhooks: [{ id: "other" }], nextPageToken: "2" }
      : { webhooks: [{ id: ID }], nextPageToken: "" },
  );
  assert.is((await webhooks.get?.send(transport, ID))?.id, ID);
  assert.is(await webhooks.get?.send(transport, "nobody's"), undefined);
});

test("a new secret is given on, and deleting names the version that was read", async () => {
  const transport = answering(() => ({ serviceKey: { id: ID }, secret: "bodega_sk_x" }));
  assert.ok(serviceKeys.create);
  const written = await serviceKeys.create.send(transport, serviceKeys.blank(), {
    paths: [],
    values: {},
    requestId: ID,
  });
  assert.equal([written.row?.id, written.secret], [ID, "bodega_sk_x"]);
  const emptied = nothing();
  await categories.remove?.send(emptied, { ...categories.blank(), id: ID, etag: "v3" });
  await steps.cancel.send(emptied, { ...orders.blank(), id: ID, etag: "v2" });
  assert.equal(emptied.asked, [
    create(CatalogService.method.deleteCategory.input, { id: ID, etag: "v3" }),
    create(OrderService.method.cancelOrder.input, { id: ID, etag: "v2" }),
  ]);
});

test("every kind of thing has names and an address of its own, and a blank is one of its kind", () => {
  const all = [
    products,
    categories,
    stores,
    movements,
    users,
    serviceKeys,
    auditEvents,
    orders,
    promotions,
    webhooks,
    deliveries,
    deadLetters,
  ];
  for (const names of [all.map(({ path }) => path), all.map(({ one }) => one), all.map(({ many }) => many)])
    assert.is(new Set(names).size, all.length, names.join());
  for (const { blank, schema } of all) assert.is(blank().$typeName, schema.typeName);
});

test("a refusal is shown with its reason and the call's id; silence is told from a refusal", () => {
  const refused = new ConnectError("The store has fewer.", Code.FailedPrecondition, { "x-request-id": "abc" }, [
    { desc: ErrorInfoSchema, value: { reason: "INSUFFICIENT_STOCK", domain: "bodega" } },
  ]);
  assert.equal(problemOf(refused), {
    reason: "INSUFFICIENT_STOCK",
    message: "The store has fewer.",
    requestId: "abc",
    offline: false,
    passing: false,
    metadata: {},
    violations: [],
  });
  for (const silence of [
    new ConnectError("connection refused", Code.Unavailable),
    ConnectError.from(new TypeError("Failed to fetch")),
  ]) {
    const { reason, offline } = problemOf(silence);
    assert.equal([reason, offline], ["NO_ANSWER", true]);
  }
  assert.is(problemOf(new ConnectError("what?", Code.Internal)).reason, "INTERNAL");
});

test("a promotion's status says whether it applies now", () => {
  const now = new Date("2026-06-01T12:00:00Z");
  const at = (text: string) => timestampFromDate(new Date(text));
  const cases: [MessageInitShape<typeof PromotionSchema>, string][] = [
    [{ active: true }, "running"],
    [{ active: false }, "off"],
    [{ active: true, endTime: at("2026-06-01T12:00:00Z") }, "ended"],
    [{ active: true, startTime: at("2026-06-01T12:00:01Z") }, "scheduled"],
    [{ active: true, redeemedCount: 50, usageLimit: 50 }, "used-up"],
    [{ active: false, endTime: at("2025-01-01T00:00:00Z") }, "ended"],
  ];
  for (const [fields, status] of cases) assert.is(promotionStatus(create(PromotionSchema, fields), now), status);
});

test.run();
