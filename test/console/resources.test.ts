/**
 * What the console asks the API for: each kind of thing by its RPCs, with the filters that the address has, only what
 * was changed, and the etag that was read.
 */
import {
  create,
  type DescField,
  fromJson,
  getOption,
  type JsonValue,
  type Message,
  type MessageInitShape,
  toJson,
} from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
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
import { changedNames, draftOf, fieldsOf, rebased, requestOf, send } from "../../src/console/app/forms/draft.ts";
import { auditEvents, serviceKeys, users } from "../../src/console/app/resources/identity.ts";
import { movements, stores } from "../../src/console/app/resources/inventory.ts";
import { deadLetters, deliveries, webhooks } from "../../src/console/app/resources/notification.ts";
import { orders, steps } from "../../src/console/app/resources/order.ts";
import { problemOf } from "../../src/console/app/data/problem.ts";
import { patternWords } from "../../src/console/app/forms/pattern-words.ts";
import { promotions } from "../../src/console/app/resources/promotion.ts";
import { promotionStatus } from "../../src/console/app/resources/promotion-status.ts";
import {
  among,
  momentOf,
  type Query,
  type Resource,
  type Row,
  yesNo,
} from "../../src/console/app/resources/resource.ts";
import { givenNames, maskPaths, ruleOf } from "../../src/console/app/forms/rules.ts";
import { brokenRules } from "../../src/console/app/forms/validation.ts";

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

test("a form has the fields that an update may change, and a new one what only its create asks for", () => {
  const names = (fields: { name: string }[]) => fields.map(({ name }) => name);
  assert.equal(
    names(fieldsOf(categories, false)).toSorted(),
    maskPaths(CatalogService.method.updateCategory.input).toSorted(),
  );
  assert.not(names(fieldsOf(users, false)).includes("password"));
  assert.ok(names(fieldsOf(users, true)).includes("password"));
  assert.equal(names(fieldsOf(serviceKeys, true)), ["name", "calls_per_second"]);
});

test("beside a field stands what the proto says of it", () => {
  const given = givenNames(products.create);
  assert.equal([...given].toSorted(), ["category_id", "price", "sku", "title"]);
  const words = (name: string) =>
    ProductSchema.fields.filter((field) => field.name === name).map((field) => ruleOf(field, given))[0];
  assert.is(words("title")?.words, "required, at most 200 characters");
  assert.is(words("price")?.words, "required, an amount from 0 to 1,000,000,000");
  assert.equal(
    [words("title")?.required, words("description")?.maxLength, words("description")?.required],
    [true, 5_000, false],
  );
});

test("what breaks a rule is told by the field's name, in words, by the rules that the server runs", async () => {
  const broken = async (values: Record<string, string>) => {
    assert.ok(products.create);
    const fields = fieldsOf(products, true);
    const empty = draftOf(products, products.blank(), fields);
    return brokenRules(
      products.create,
      requestOf(products, {
        draft: { ...empty, values: { ...empty.values, ...values } },
        fields,
        isNew: true,
        currency: "USD",
      }),
    );
  };
  assert.equal(await broken({ title: "Mug", sku: "MUG-1", price: "3", category_id: ID }), {});
  assert.equal(await broken({ title: "Mug", price: "-1", category_id: ID }), {
    sku: "sku must be given",
    price: "must be an amount from 0 to 1,000,000,000",
  });
});

test("blanks around a name are gone before its rules are asked, and blanks alone are no name", async () => {
  const broken = async <T extends Row>(resource: Resource<T>, values: Record<string, string>) => {
    assert.ok(resource.create);
    const fields = fieldsOf(resource, true);
    const empty = draftOf(resource, resource.blank(), fields);
    const draft = { ...empty, values: { ...empty.values, ...values } };
    const wish = requestOf(resource, { draft, fields, isNew: true, currency: "USD" });
    return [wish.row, await brokenRules(resource.create, wish)] as const;
  };
  const names = { title: `\u2003${"m".repeat(200)} `, sku: "MUG-1\u200B", price: "3", category_id: ID };
  const [product, wrong] = await broken(products, { ...names, description: " Holds coffee " });
  assert.equal(
    [product.title, product.sku, product.description, wrong],
    ["m".repeat(200), "MUG-1", " Holds coffee ", {}],
  );
  assert.equal((await broken(products, { ...names, title: " \u00A0\u200B" }))[1], { title: "title must be given" });

  const account = { email: "ada@example.com ", username: "\tada", password: " correct horse battery " };
  const [user, ofUser] = await broken(users, account);
  assert.equal([user.email, user.username, ofUser], ["ada@example.com", "ada", {}]);
});

test("a name's input takes more than its rule, or blanks that are pasted before it would cost its end", () => {
  const title = ProductSchema.fields.find(({ name }) => name === "title");
  assert.ok(title);
  assert.is(ruleOf(title, new Set()).maxLength, undefined);
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

test("every pattern of a form's field is told in words, beside the field and when it is broken", async () => {
  const forms = [true, false]
    .flatMap((isNew) => [
      fieldsOf(categories, isNew),
      fieldsOf(products, isNew),
      fieldsOf(stores, isNew),
      fieldsOf(users, isNew),
      fieldsOf(promotions, isNew),
      fieldsOf(webhooks, isNew),
      fieldsOf(serviceKeys, isNew),
    ])
    .flat();
  const patterns = new Set(forms.flatMap((field) => patternOf(field)));
  assert.ok(patterns.size > 3);
  assert.equal(
    [...patterns].filter((pattern) => patternWords(pattern) === undefined),
    [],
  );
  const code = promotions.schema.fields.find(({ name }) => name === "code");
  assert.match(code === undefined ? "" : ruleOf(code, new Set()).words, /letters without accents, digits, - and _/);
  const fields = fieldsOf(promotions, true);
  const blank = draftOf(promotions, promotions.blank(), fields);
  const wish = requestOf(promotions, {
    draft: { ...blank, values: { ...blank.values, code: "SUMMER SALE", percent: "10" } },
    fields,
    isNew: true,
    currency: "USD",
  });
  if (promotions.create === undefined) throw new TypeError("promotions cannot be made");
  assert.match(
    (await brokenRules(promotions.create, wish))["code"] ?? "",
    /^must be at most 64 letters without accents/,
  );
});

test("an amount and a percentage of one promotion are not both kept, and neither vanishes", () => {
  const fields = fieldsOf(promotions, true);
  const blank = draftOf(promotions, promotions.blank(), fields);
  const both = { ...blank, values: { ...blank.values, code: "BOTH", fixed_amount: "5", percent: "10" } };
  assert.throws(
    () => requestOf(promotions, { draft: both, fields, isNew: true, currency: "USD" }),
    /stands beside fixed amount/,
  );
});

test("what was read anew is the new base of a draft only where nothing of the form was changed by others", () => {
  const fields = fieldsOf(products, false);
  const draft = draftOf(products, create(ProductSchema, { id: ID, title: "Mug", etag: "1" }), fields);
  const typed = { ...draft, values: { ...draft.values, title: "Big mug" } };
  const uploaded = rebased(
    typed,
    draftOf(products, create(ProductSchema, { id: ID, title: "Mug", etag: "2", imageUri: "/media/new.png" }), fields),
  );
  assert.equal([uploaded.base.etag, uploaded.values["title"]], ["2", "Big mug"]);
  const overtaken = rebased(
    typed,
    draftOf(products, create(ProductSchema, { id: ID, title: "Cup", etag: "2" }), fields),
  );
  assert.equal([overtaken.base.etag, overtaken.values["title"]], ["1", "Big mug"]);
});

test("a promotion's status says whether it applies now", () => {
  const now = new Date("2026-06-01T12:00:00Z");
  const at = (text: string) => timestampFromDate(new Date(text));
  const cases: [MessageInitShape<typeof PromotionSchema>, string][] = [
    [{ active: true }, "Running"],
    [{ active: false }, "Off"],
    [{ active: true, endTime: at("2026-06-01T12:00:00Z") }, "Ended"],
    [{ active: true, startTime: at("2026-06-01T12:00:01Z") }, "Scheduled"],
    [{ active: true, redeemedCount: 50, usageLimit: 50 }, "Used up"],
    [{ active: false, endTime: at("2025-01-01T00:00:00Z") }, "Ended"],
  ];
  for (const [fields, status] of cases) assert.is(promotionStatus(create(PromotionSchema, fields), now), status);
});

/** The patterns of a field's own rules. */
function patternOf(field: DescField): string[] {
  const { type } = getOption(field, fieldRules);
  return type.case === "string" && type.value.wellKnown.case === undefined ? [type.value.pattern] : [];
}

test.run();
