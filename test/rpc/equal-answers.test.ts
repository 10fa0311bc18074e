/**
 * One table of calls, by every protocol on both ports, with TLS and without: the answers are equal.
 *
 * Method: what the first way answers is the measure of all others: the message, or code, text and details; and the
 * request id's header. Ids, times and tokens differ from call to call and are compared by their form alone.
 */
// time limit: 120 s
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  toJsonString,
} from "@bufbuild/protobuf";
import { BytesValueSchema, EmptySchema } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AnalyticsService } from "../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { CartService } from "../../gen/bodega/cart/v1/cart_service_pb.ts";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { InventoryService } from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { NotificationService } from "../../gen/bodega/notification/v1/notification_service_pb.ts";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { PromotionService } from "../../gen/bodega/promotion/v1/promotion_service_pb.ts";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { PASSWORD, startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { shopWith } from "../support/shop.ts";
import { startTransports, type TestTransport, type TestTransports } from "../support/transports.ts";

type Caller = "nobody" | "customer" | "admin" | "forged";

interface Row {
  name: string;
  /** OK, the reason of the refusal, or WHATEVER. */
  expected: string;
  method: DescMethodUnary;
  /** `unique` is a word that no other call has. */
  request: (unique: string) => MessageInitShape<DescMessage>;
  as: Caller;
  /** The body is none, or the deadline is over when the call comes. */
  spoilt?: "malformed" | "overdue";
}

const known = [ErrorInfoSchema, BadRequestSchema, RetryInfoSchema];
const OTHER_ID = "01939393-0000-7000-8000-000000000000";
/** For RPCs that answer more from version to version: what they answer is held by their own tests. */
const WHATEVER = "whatever it is";
/** What a request may have: with this in a field it has a little more. */
const TOO_LARGE = "x".repeat(256 * 1024);
/** The same for an upload. */
const TOO_LARGE_IMAGE = new Uint8Array(8 * 1024 * 1024);

let api: TestApi;
let all: TestTransports;
let customer: TestUser;
let admin: TestUser;
let shop: Awaited<ReturnType<typeof shopWith<"mug" | "cup">>>;
let orderId: string;

test.before(async () => {
  api = await startTestApi();
  [all, customer, admin] = await Promise.all([startTransports(), api.signUp("CUSTOMER"), api.signUp("ADMIN")]);
  shop = await shopWith(api, { mug: 500, cup: 0 });
  const { order } = await api
    .clients({ token: customer.token })
    .order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 2 }) });
  orderId = order?.id ?? "";
});
test.after(async () => {
  await Promise.all([all.stop(), api.stop()]);
});

/** Typed by its method; kept without the types, because the table has many. */
function row<I extends DescMessage, O extends DescMessage>(
  name: string,
  expected: string,
  method: DescMethodUnary<I, O>,
  request: (unique: string) => MessageInitShape<I>,
  { as = "nobody", spoilt }: { as?: Caller; spoilt?: Row["spoilt"] } = {},
): Row {
  return { name, expected, method, request, as, ...(spoilt === undefined ? {} : { spoilt }) };
}

const catalog = CatalogService.method;
const identity = IdentityService.method;
const inventory = InventoryService.method;
const orders = OrderService.method;
const product = (unique: string) => ({
  sku: unique,
  title: `A ${unique}`,
  categoryId: OTHER_ID,
  price: { currencyCode: "USD", units: 3n },
});

const rows: Row[] = [
  row("reads of the catalog", "OK", catalog.listProducts, () => ({ storeId: shop.storeId, pageSize: 1 })),
  row("searches", "OK", catalog.searchProducts, () => ({ storeId: shop.storeId, inStock: true, query: "mug" })),
  row("one product", "OK", catalog.getProduct, () => ({ id: shop.products.mug })),
  row("categories", "OK", catalog.listCategories, () => ({})),
  row("stores", "OK", inventory.listStores, () => ({ pageSize: 1 })),
  row("a store's goods", "OK", inventory.listInventory, () => ({ storeId: shop.storeId, pageSize: 1 })),
  row("an order", "OK", orders.getOrder, () => ({ id: orderId }), { as: "customer" }),
  row(
    "a store's orders",
    "OK",
    orders.listStoreOrders,
    () => ({ storeId: shop.storeId, status: OrderStatus.CONFIRMED, pageSize: 1 }),
    { as: "admin" },
  ),

  row("a registration", "OK", identity.register, (unique) => ({
    email: `${unique}@test.example`,
    username: unique,
    password: PASSWORD,
    firstName: "Zoë",
  })),
  row("a sign-in", "OK", identity.login, () => ({ login: customer.email, password: PASSWORD })),
  row(
    "a new category",
    "OK",
    catalog.createCategory,
    (unique) => ({ category: { name: `${unique} ☕ \u{1F600}` }, requestId: newId() }),
    { as: "admin" },
  ),
  row("a new store", "OK", inventory.createStore, (unique) => ({ store: { name: unique } }), { as: "admin" }),
  row(
    "a new quantity",
    "OK",
    inventory.setStock,
    () => ({ storeId: shop.storeId, productId: shop.products.cup, quantity: 0 }),
    { as: "admin" },
  ),
  row("a confirmed order", "OK", orders.placeOrder, () => ({ storeId: shop.storeId, items: shop.items({ mug: 1 }) }), {
    as: "customer",
  }),
  row("a rejected order", "OK", orders.placeOrder, () => ({ storeId: shop.storeId, items: shop.items({ cup: 1 }) }), {
    as: "customer",
  }),

  row("broken rules of a read", "INVALID_FIELDS", catalog.listProducts, () => ({
    pageSize: -1,
    categoryId: "x",
    orderBy: "luck",
  })),
  row(
    "broken rules of a write",
    "INVALID_FIELDS",
    orders.placeOrder,
    () => ({ storeId: "1", items: [{ productId: "2", quantity: -3 }] }),
    { as: "customer" },
  ),
  row(
    "too many broken rules",
    "INVALID_FIELDS",
    orders.placeOrder,
    () => ({ items: Array.from({ length: 60 }, () => ({})) }),
    { as: "customer" },
  ),
  row("a list that is too long", "INVALID_FIELDS", orders.quoteOrder, () => ({
    storeId: shop.storeId,
    items: Array.from({ length: 101 }, () => ({})),
  })),
  row(
    "a list that is so long that it is only counted",
    "INVALID_FIELDS",
    orders.placeOrder,
    () => ({ items: Array.from({ length: 20_000 }, () => ({})) }),
    {
      as: "customer",
    },
  ),
  row("a list of texts that is too long", "INVALID_FIELDS", catalog.batchGetProducts, () => ({
    ids: Array.from({ length: 101 }, () => ""),
  })),
  row(
    "a mask of too many paths",
    "INVALID_FIELDS",
    inventory.updateStore,
    () => ({ updateMask: { paths: Array.from({ length: 33 }, () => "name") } }),
    { as: "admin" },
  ),
  row(
    "a text that is far too long",
    "INVALID_FIELDS",
    catalog.createCategory,
    () => ({ category: { name: "x".repeat(100_000) } }),
    { as: "admin" },
  ),
  row("ids in capitals", "OK", catalog.getProduct, () => ({ id: shop.products.mug.toUpperCase() })),
  row("a page token of nobody", "INVALID_PAGE_TOKEN", inventory.listStores, () => ({
    pageToken: "bm90IG91cnMgYXQgYWxsLCBub3QgZXZlbiBjbG9zZQ",
  })),
  row(
    "another currency",
    "WRONG_CURRENCY",
    catalog.createProduct,
    (unique) => ({ product: { ...product(unique), price: { currencyCode: "EUR" } } }),
    { as: "admin" },
  ),
  row("a weak password", "WEAK_PASSWORD", identity.register, (unique) => ({
    email: `${unique}@test.example`,
    username: unique,
    password: "Password123",
  })),

  row("a read that is malformed", "MALFORMED_REQUEST", catalog.getProduct, () => ({}), { spoilt: "malformed" }),
  row("a write that is malformed", "MALFORMED_REQUEST", orders.placeOrder, () => ({}), {
    as: "customer",
    spoilt: "malformed",
  }),
  row("a malformed body of a stranger", "NOT_SIGNED_IN", orders.placeOrder, () => ({}), { spoilt: "malformed" }),
  row("a body that is too large", "MESSAGE_TOO_LARGE", identity.login, () => ({ login: TOO_LARGE })),
  row(
    "a body that is too large for an admin",
    "MESSAGE_TOO_LARGE",
    catalog.createCategory,
    () => ({ requestId: TOO_LARGE }),
    { as: "admin" },
  ),
  row("a body of a stranger that is too large and does not say so", "NOT_SIGNED_IN", catalog.createCategory, () => ({
    requestId: TOO_LARGE,
  })),
  row(
    "an image larger than another request",
    "IMAGE_UNREADABLE",
    catalog.uploadProductImage,
    () => ({ id: shop.products.mug, content: new Uint8Array(512 * 1024) }),
    {
      as: "admin",
    },
  ),
  row(
    "an image that is too large",
    "MESSAGE_TOO_LARGE",
    catalog.uploadCategoryImage,
    () => ({ id: OTHER_ID, content: TOO_LARGE_IMAGE }),
    { as: "admin" },
  ),

  row("an unknown product", "PRODUCT_NOT_FOUND", catalog.getProduct, () => ({ id: OTHER_ID })),
  row("an unknown category", "CATEGORY_NOT_FOUND", catalog.getCategory, () => ({ id: OTHER_ID })),
  row("an unknown store", "STORE_NOT_FOUND", inventory.getStore, () => ({ id: OTHER_ID })),
  row(
    "an unknown store in an order",
    "STORE_NOT_FOUND",
    orders.placeOrder,
    () => ({ storeId: OTHER_ID, items: shop.items({ mug: 1 }) }),
    { as: "customer" },
  ),
  row("an unknown order", "ORDER_NOT_FOUND", orders.getOrder, () => ({ id: OTHER_ID }), { as: "customer" }),
  row("an address that is taken", "EMAIL_TAKEN", identity.register, (unique) => ({
    email: customer.email,
    username: unique,
    password: PASSWORD,
  })),
  row(
    "a code that does not apply",
    "PROMOTION_NOT_APPLICABLE",
    orders.placeOrder,
    () => ({ storeId: shop.storeId, items: shop.items({ mug: 1 }), promoCode: "NONE" }),
    {
      as: "customer",
    },
  ),

  row("a read of a stranger", "NOT_SIGNED_IN", orders.listOrders, () => ({})),
  row("a write of a stranger", "NOT_SIGNED_IN", inventory.setStock, () => ({})),
  row("wrong credentials", "WRONG_CREDENTIALS", identity.login, () => ({
    login: customer.email,
    password: "something else",
  })),
  row("a read with the wrong role", "ACCESS_DENIED", orders.listStoreOrders, () => ({}), { as: "customer" }),
  row("a write with the wrong role", "ACCESS_DENIED", catalog.createCategory, () => ({}), { as: "customer" }),
  row("a read with a forged token", "INVALID_TOKEN", catalog.listProducts, () => ({}), { as: "forged" }),
  row("a write with a forged token", "INVALID_TOKEN", orders.placeOrder, () => ({}), { as: "forged" }),

  row("a cart", WHATEVER, CartService.method.getCart, () => ({}), { as: "customer" }),
  row("a checkout", WHATEVER, CartService.method.checkoutCart, () => ({ storeId: shop.storeId, requestId: newId() }), {
    as: "customer",
  }),
  row("promotions", WHATEVER, PromotionService.method.checkPromotion, () => ({
    code: "WELCOME",
    subtotal: { currencyCode: "USD", units: 9n },
  })),
  row("an order's events", WHATEVER, orders.getOrderEvents, () => ({ orderId }), { as: "admin" }),
  row("an order's e-mails", WHATEVER, NotificationService.method.getOrderEmails, () => ({ orderId }), { as: "admin" }),
  row("dead letters", WHATEVER, NotificationService.method.listDeadLetters, () => ({}), { as: "admin" }),
  row("figures", WHATEVER, AnalyticsService.method.listLowStock, () => ({}), { as: "admin" }),

  row("a read whose time is over", "DEADLINE_EXCEEDED", catalog.listProducts, () => ({}), { spoilt: "overdue" }),
  row("a write whose time is over", "DEADLINE_EXCEEDED", orders.placeOrder, () => ({}), {
    as: "customer",
    spoilt: "overdue",
  }),
];

for (const each of rows) {
  test(`${each.name}: ${each.expected}, the same by every protocol`, async () => {
    const [first, ...others] = all.ways;
    assert.ok(first !== undefined && others.length > 10);
    const measure = await answerBy(first, each);
    if (each.expected !== WHATEVER) assert.is(measure.outcome, each.expected);
    for (const way of others) {
      const answer = await answerBy(way, each);
      assert.equal(comparable(answer, way, each), comparable(measure, way, each), way.name);
    }
  });
}

test("a request id that a caller gives is taken over, by every protocol, and a strange one is not", async () => {
  for (const way of all.ways) {
    for (const id of [OTHER_ID, OTHER_ID.slice(1)]) {
      assert.is(
        await requestIdOf(way, { id, given: `mine-${way.name.length}:1` }),
        `mine-${way.name.length}:1`,
        way.name,
      );
    }
    assert.match(await requestIdOf(way, { id: OTHER_ID, given: "<script>" }), /^[0-9a-f-]{36}$/, way.name);
  }
});

interface Answer {
  /** OK, the reason, or the code where there is no reason. */
  outcome: string;
  code: string;
  /** The message as JSON, or the error's text. */
  text: string;
  details: string[];
  hasRequestId: boolean;
}

let calls = 0;

async function answerBy(way: TestTransport, { method, request, as, spoilt }: Row): Promise<Answer> {
  const unique = `w${++calls}w`;
  const header = new Headers(spoilt === "overdue" ? [way.overdue] : []);
  try {
    const { message, header: answered } = await signed(way, as).unary(
      spoilt === "malformed" ? { ...method, input: NO_MESSAGE[way.encoding].input } : method,
      undefined,
      undefined,
      header,
      spoilt === "malformed" ? NO_MESSAGE[way.encoding].message : request(unique),
    );
    const text = normalised(toJsonString(method.output, message), unique);
    return { outcome: "OK", code: "OK", text, details: [], hasRequestId: answered.has("x-request-id") };
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return refusal(error, unique);
  }
}

/** In JSON a string where an object must be; in binary a field that says it is longer than the message. */
const NO_MESSAGE = {
  json: { input: BytesValueSchema, message: create(BytesValueSchema, { value: new Uint8Array(3) }) },
  proto: {
    input: EmptySchema,
    message: Object.assign(create(EmptySchema), { $unknown: [{ no: 1, wireType: 2, data: Uint8Array.of(0x7f) }] }),
  },
};

function refusal(error: ConnectError, unique: string): Answer {
  const [info] = error.findDetails(ErrorInfoSchema);
  return {
    outcome: info?.reason ?? Code[error.code],
    code: Code[error.code],
    text: normalised(error.rawMessage, unique),
    details: known.flatMap((schema) => error.findDetails(schema).map((detail) => toJsonString(schema, detail))),
    hasRequestId: error.metadata.has("x-request-id"),
  };
}

function signed({ transport }: TestTransport, as: Caller) {
  switch (as) {
    case "nobody":
      return transport;
    case "customer":
      return withToken(transport, customer.token);
    case "admin":
      return withToken(transport, admin.token);
    case "forged":
      return withToken(transport, `${customer.token.slice(0, -6)}AAAAAA`);
    default:
      return as satisfies never;
  }
}

function normalised(text: string, unique: string): string {
  return text
    .replaceAll(unique, "<unique>")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/g, (id) => (fixed().includes(id) ? id : "<id>"))
    .replaceAll(/20\d\d-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/"eyJ[\w.-]+"/g, '"<access token>"')
    .replaceAll(/"refreshToken":"[\w-]{43}"/g, '"refreshToken":"<token>"');
}

function fixed(): string[] {
  return [shop.storeId, shop.products.mug, shop.products.cup, OTHER_ID, orderId, customer.id];
}

/** What must be equal: all of it, but for two things. */
function comparable(answer: Answer, { grpcJs }: TestTransport, { spoilt }: Row): Partial<Answer> {
  // grpc-js watches the deadline itself, and its refusal has no details.
  if (spoilt === "overdue" && grpcJs === true) return { code: answer.code };
  // What is wrong with a body can be told of JSON, which people write, and hardly of bytes.
  if (answer.outcome === "MALFORMED_REQUEST") return { ...answer, text: "" };
  return answer;
}

async function requestIdOf(way: TestTransport, { id, given }: { id: string; given: string }): Promise<string> {
  const call = way.transport.unary(catalog.getProduct, undefined, undefined, { "x-request-id": given }, { id });
  return call.then(
    ({ header }) => header.get("x-request-id") ?? "",
    (error: unknown) => (error instanceof ConnectError ? (error.metadata.get("x-request-id") ?? "") : ""),
  );
}

test.run();
