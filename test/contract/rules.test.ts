/**
 * The rules in the proto, tried: what they let through, what they refuse and where, and that none of them fails itself.
 *
 * A rule that throws for some value would make a caller's mistake an error of ours. So messages are made at random,
 * from values that are worst for arithmetic and text, and each must be found good or bad.
 */
import { type DescField, type DescMessage, fromJson, type JsonValue, ScalarType } from "@bufbuild/protobuf";
import { pathToString, reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { rpcs } from "../support/contract.ts";

const validator = createValidator();
const id = "0190b0a0-0000-7000-8000-000000000001";
const usd = (units: number, nanos = 0): JsonValue => ({ currencyCode: "USD", units, nanos });
const mug = { title: "Mug", sku: "MUG-1", price: usd(3, 500_000_000), categoryId: id };
const line = { productId: id, quantity: 1 };
const person = { email: "ann@bodega.example", username: "ann" };
const account = { ...person, password: "correct horse" };
const inTwoStores = { fromStoreId: id, toStoreId: id.replace(/1$/, "2"), productId: id, quantity: 1 };

const good: [string, JsonValue][] = [
  ["CreateProduct", { product: mug }],
  ["CreateProduct", { product: { ...mug, id, category: "Cups", imageUri: "/media/x", etag: "v1", price: usd(0) } }],
  ["UpdateProduct", { product: { id, title: "" } }],
  ["UpdateProduct", { product: { id, description: "" }, updateMask: "description" }],
  ["SearchProducts", {}],
  ["SearchProducts", { minPrice: usd(5), maxPrice: usd(5), orderBy: "-price", inStock: false, pageSize: 1000 }],
  ["PlaceOrder", { storeId: id, items: [line], hold: "86400s", requestId: id }],
  ["PlaceOrder", { storeId: id, items: Array<JsonValue>(100).fill({ ...line, quantity: 1_000_000 }) }],
  ["Register", { ...account, phone: "+1 (555) 010-0199" }],
  ["Login", { login: "ann", password: "short" }],
  ["UpdateProfile", { user: { birthDate: { year: 2024, month: 2, day: 29 } } }],
  ["CreatePromotion", { promotion: { code: "SPRING", percent: 33.33, maxDiscount: usd(5) } }],
  ["CreatePromotion", { promotion: { code: "SPRING", fixedAmount: usd(0, 10_000_000) } }],
  ["TransferStock", inTwoStores],
  ["AdjustStock", { storeId: id, productId: id, delta: -3 }],
  ["CreateWebhook", { webhook: { url: "https://shop.example/hook?a=1", eventTypes: ["order.confirmed"] } }],
];

/** The last is the field that is to blame; empty where it is the request as a whole. */
const bad: [string, JsonValue, string][] = [
  ["CreateProduct", {}, "product"],
  ["CreateProduct", { product: { ...mug, title: " " } }, "product"],
  ["CreateProduct", { product: { ...mug, title: "a\u0000b" } }, "product.title"],
  ["CreateProduct", { product: { ...mug, title: "x".repeat(201) } }, "product.title"],
  ["CreateProduct", { product: { ...mug, price: usd(-1) } }, "product.price"],
  ["CreateProduct", { product: { ...mug, price: usd(1, -1) } }, "product.price"],
  ["CreateProduct", { product: { ...mug, price: usd(1_000_000_001) } }, "product.price"],
  ["CreateProduct", { product: { ...mug, price: { units: 1 } } }, "product.price"],
  ["UpdateProduct", { product: { title: "Mug" } }, "product"],
  ["UpdateProduct", { product: { id }, updateMask: "createTime" }, "update_mask"],
  ["UpdateProduct", { product: { id }, updateMask: "title" }, ""],
  ["UpdateProduct", { product: { id }, updateMask: "price" }, ""],
  ["SearchProducts", { minPrice: usd(5, 1), maxPrice: usd(5) }, ""],
  ["SearchProducts", { orderBy: "cheapest" }, "order_by"],
  ["SearchProducts", { pageSize: -1 }, "page_size"],
  ["SuggestProducts", { query: "mu" }, "query"],
  ["BatchGetProducts", { ids: [] }, "ids"],
  ["PlaceOrder", { storeId: id, items: [] }, "items"],
  ["PlaceOrder", { storeId: id, items: Array<JsonValue>(101).fill(line) }, "items"],
  ["PlaceOrder", { storeId: id, items: [{ ...line, quantity: 0 }] }, "items[0].quantity"],
  ["PlaceOrder", { storeId: id, items: [{ ...line, quantity: -1 }] }, "items[0].quantity"],
  ["PlaceOrder", { storeId: id, items: [{ ...line, quantity: 1_000_001 }] }, "items[0].quantity"],
  ["PlaceOrder", { storeId: "17", items: [line] }, "store_id"],
  ["PlaceOrder", { storeId: id, items: [line], hold: "0s" }, "hold"],
  ["PlaceOrder", { storeId: id, items: [line], hold: "86400.000000001s" }, "hold"],
  ["PlaceOrder", { storeId: id, items: [line], requestId: "again" }, "request_id"],
  ["Register", { ...account, password: "123456789" }, "password"],
  ["Register", { ...account, password: "x".repeat(129) }, "password"],
  ["Register", { ...account, email: "\u0430nn@bodega.example" }, "email"],
  ["Register", { ...account, username: "\u0430nn" }, "username"],
  ["Login", { login: "ann", password: "x".repeat(1025) }, "password"],
  ["UpdateProfile", { user: { birthDate: { year: 2023, month: 2, day: 29 } } }, "user.birth_date"],
  ["CreateUser", { user: { ...person, role: "ROLE_SERVICE" }, password: "correct horse" }, "user.role"],
  ["CreatePromotion", { promotion: { code: "SPRING" } }, "promotion"],
  ["CreatePromotion", { promotion: { code: "SPRING", percent: 100.01 } }, "promotion.percent"],
  ["CreatePromotion", { promotion: { code: "SPRING", percent: 12.345 } }, "promotion.percent"],
  ["CreatePromotion", { promotion: { code: "SPRING", percent: "NaN" } }, "promotion.percent"],
  ["CreatePromotion", { promotion: { code: "SPRING", fixedAmount: usd(0) } }, "promotion.fixed_amount"],
  ["CreatePromotion", { promotion: { code: "SPRING", fixedAmount: usd(1), maxDiscount: usd(1) } }, "promotion"],
  ["TransferStock", { ...inTwoStores, toStoreId: id }, ""],
  ["AdjustStock", { storeId: id, productId: id, delta: 0 }, "delta"],
  ["SetStock", { storeId: id, productId: id, quantity: -1 }, "quantity"],
  ["CreateWebhook", { webhook: { url: "ftp://shop.example" } }, "webhook.url"],
  ["CreateWebhook", { webhook: { url: "https://shop.example", eventTypes: ["order.lost"] } }, "webhook.event_types[0]"],
];

test("what callers may send passes the rules", () => {
  for (const [rpc, json] of good) assert.equal(blamed(rpc, json), [], `${rpc} ${JSON.stringify(json)}`);
});

test("what callers may not send is refused, and the field to blame is named", () => {
  for (const [rpc, json, field] of bad) assert.equal(blamed(rpc, json), [field], `${rpc} ${JSON.stringify(json)}`);
});

test("no rule fails itself, whatever the message", () => {
  const random = randomFrom(20_260_101);
  let found = 0;
  for (const { input } of rpcs) {
    for (let round = 0; round < ROUNDS; round++) {
      const result = validator.validate(input, randomMessage(input, random).message);
      if (result.kind === "error") throw result.error;
      if (result.kind === "invalid") found++;
    }
  }
  assert.ok(found > rpcs.length * ROUNDS * 0.5, `only ${found} messages were bad: the values are too tame`);
});

/** At most this many for each RPC: the test takes a second, and a value of each kind meets each field many times. */
const ROUNDS = 200;
const MAX_DEPTH = 4;

/** Where the rules find fault, each place once. */
function blamed(name: string, json: JsonValue): string[] {
  const rpc = rpcs.find((one) => one.name === name);
  assert.ok(rpc, name);
  const result = validator.validate(rpc.input, fromJson(rpc.input, json));
  if (result.kind === "error") throw result.error;
  return [...new Set(result.violations?.map(({ field }) => pathToString(field)))];
}

/** Numbers from 0 to 1, the same on every machine (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function randomMessage(type: DescMessage, random: () => number, depth = 0): ReflectMessage {
  const message = reflect(type);
  for (const field of type.fields) {
    if (random() < 0.3) continue;
    if (field.fieldKind === "list") {
      const list = message.get(field);
      for (let item = 0; item < 3; item++) list.add(randomValue(field, random, depth));
    } else if (field.fieldKind !== "message" || depth < MAX_DEPTH) {
      message.set(field, randomValue(field, random, depth));
    }
  }
  return message;
}

function randomValue(field: DescField, random: () => number, depth: number): unknown {
  if (field.message !== undefined) return randomMessage(field.message, random, depth + 1);
  if (field.enum !== undefined) return oneOf([0, 1, 2, 3, 99, -1], random);
  switch (field.scalar) {
    case ScalarType.STRING:
      return oneOf(["", "x", "\0", "é".repeat(300), id, "title", "a@b.c", "\u{1f600}", "https://x.y"], random);
    case ScalarType.BOOL:
      return random() < 0.5;
    case ScalarType.BYTES:
      return new Uint8Array(oneOf([0, 1, 100], random) ?? 0);
    case ScalarType.DOUBLE:
      return oneOf([0, -1, NaN, Infinity, -Infinity, 1e308, 12.345, 50], random);
    case ScalarType.INT64:
      return oneOf([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 253_402_300_799n, 315_576_000_001n], random);
    default:
      return oneOf([0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 999_999_999, 5], random);
  }
}

function oneOf<Value>(values: readonly Value[], random: () => number): Value | undefined {
  return values[Math.floor(random() * values.length)];
}

test.run();
