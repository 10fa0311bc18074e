/** The seed's words: distinct, the same everywhere, and such that an admin might have typed them into a form. */
import { createHash } from "node:crypto";
import { create, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  CreateCategoryRequestSchema,
  CreateProductRequestSchema,
} from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { RegisterRequestSchema } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { CreateStoreRequestSchema } from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { PromotionSchema } from "../../gen/bodega/promotion/v1/promotion_pb.ts";
import { timeOfId } from "../../src/platform/wire/uuid.ts";
import { currencyOf, toMoney } from "../../src/platform/wire/money.ts";
import { seedAccounts } from "../../src/development/seed/accounts.ts";
import { MAX_PRODUCTS, productAt } from "../../src/development/seed/products.ts";
import { seedPromotions } from "../../src/development/seed/promotions.ts";
import { lastReceipts, stockOf } from "../../src/development/seed/stock.ts";
import { MAX_STORES, storeAt } from "../../src/development/seed/stores.ts";
import { ranges } from "../../src/development/seed/categories.ts";

const MANY = 20_000;
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const usd = currencyOf("USD");
const validator = createValidator();

/** Changes whenever a word of the seed does: then put in what the failed test shows. */
const DIGEST = "f45e173ce15de3cfc091d93b81fa6eeb2aa1d15f9d37d939b9bcf4743f6e6ea9";

test("twenty thousand titles, SKUs and ids are distinct, and so are those at the end of the million", () => {
  const numbers = [...numbersFrom(0), ...numbersFrom(MAX_PRODUCTS - MANY)];
  const products = numbers.map((number) => productAt(number, usd));
  for (const field of ["title", "sku", "id"] as const) {
    assert.is(new Set(products.map((product) => product[field])).size, products.length, field);
  }
});

test("the words of each shelf suffice for its share of a million products", () => {
  for (const { name, brands, styles, kinds } of ranges) {
    const share = Math.ceil(MAX_PRODUCTS / ranges.length / kinds.length);
    for (const kind of kinds) {
      const sizes = Object.keys(kind.sizes);
      const titles = new Set(brands).size * new Set(kind.varieties).size * styles.length * sizes.length;
      assert.ok(titles >= share, `${name}, ${kind.name}: ${titles} titles for ${share} products`);
    }
  }
});

test("the products, stores and stock are the same on every machine", () => {
  const hash = createHash("sha256");
  for (let number = 0; number < 1_200; number++) {
    const { price, ...product } = productAt(number, usd);
    hash.update(JSON.stringify([{ ...product, price: String(price) }, stockOf(number, 25)]));
  }
  for (let number = 0; number < 25; number++) hash.update(JSON.stringify(storeAt(number)));
  hash.update(JSON.stringify(seedAccounts()));
  assert.is(hash.digest("hex"), DIGEST);
});

test("ids are UUIDv7 in the order of the products, with the time at which each was made", () => {
  let last = "";
  for (const number of numbersFrom(0)) {
    const { id, createdAt } = productAt(number, usd);
    assert.match(id, UUID_V7);
    assert.ok(id > last, `product ${number}`);
    assert.equal(timeOfId(id), createdAt);
    last = id;
  }
  const { createdAt } = productAt(MAX_PRODUCTS - 1, usd);
  assert.ok(createdAt < new Date("2026-01-01"), "all of a million products were made in the past");
});

test("every product, category, store, account and promotion would pass the rules of its RPC", () => {
  for (const number of numbersFrom(0)) {
    const { sku, title, description, price, category } = productAt(number, usd);
    const categoryId = storeAt(category).id;
    const product = { sku, title, description, price: toMoney(price, usd), categoryId };
    requireValid(CreateProductRequestSchema, create(CreateProductRequestSchema, { product }));
  }
  for (const { name, description } of ranges) {
    requireValid(CreateCategoryRequestSchema, create(CreateCategoryRequestSchema, { category: { name, description } }));
  }
  for (let number = 0; number < MAX_STORES; number += 7) {
    const { name, address, phone, lowStockThreshold } = storeAt(number);
    const store = { name, address, phone, lowStockThreshold };
    requireValid(CreateStoreRequestSchema, create(CreateStoreRequestSchema, { store }));
  }
  for (const { email, username, firstName, lastName, phone } of seedAccounts()) {
    const account = { email, username, firstName, lastName, phone, password: "bodega-dev" };
    requireValid(RegisterRequestSchema, create(RegisterRequestSchema, account));
  }
  for (const { code, percent, fixedAmount } of seedPromotions(usd)) {
    const promotion = create(PromotionSchema, { code });
    if (percent !== null) promotion.discount = { case: "percent", value: percent };
    if (fixedAmount !== null) promotion.discount = { case: "fixedAmount", value: toMoney(fixedAmount, usd) };
    requireValid(PromotionSchema, promotion);
  }
});

test("all eleven thousand stores have a name of their own", () => {
  const names = Array.from({ length: MAX_STORES }, (_, number) => storeAt(number).name.toLowerCase());
  assert.is(new Set(names).size, MAX_STORES);
});

test("a product stands in 60 to 80 of 100 stores, in quantities up to 500, and now and then its shelf is empty", () => {
  const stock = numbersFrom(0)
    .slice(0, 500)
    .map((product) => stockOf(product, 100));
  const average = stock.flat().length / stock.length;
  assert.ok(average > 65 && average < 75, `${average} stores on average`);
  const quantities = stock.flat().map(({ quantity }) => quantity);
  assert.is(Math.min(...quantities), 0);
  assert.ok(Math.max(...quantities) > 450 && Math.max(...quantities) <= 500);
});

test("more stores change nothing in those that there were", () => {
  for (let product = 0; product < 100; product++) {
    assert.equal(
      stockOf(product, 60).filter(({ store }) => store < 25),
      stockOf(product, 25),
    );
  }
});

test("a store's last receipt is the last of its receipts, by id as well", () => {
  const all = new Map<number, string[]>();
  for (let product = 0; product < 300; product++) {
    for (const { store, quantity, receiptId } of stockOf(product, 12)) {
      if (quantity > 0) all.set(store, [...(all.get(store) ?? []), receiptId]);
    }
  }
  const last = lastReceipts({ products: 300, stores: 12 });
  assert.is(last.length, 12);
  for (const { store, receiptId } of last) assert.is(receiptId, all.get(store)?.sort().at(-1));
});

test("a yen counts as a cent, a dinar of a thousand fils as a dollar", () => {
  const dollars = productAt(17, usd).price;
  assert.is(productAt(17, currencyOf("JPY")).price, dollars);
  assert.is(productAt(17, currencyOf("KWD")).price, dollars * 10n);
});

function numbersFrom(first: number): number[] {
  return Array.from({ length: MANY }, (_, index) => first + index);
}

function requireValid<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): void {
  const result = validator.validate(schema, message);
  if (result.kind !== "valid") throw result.error;
}

test("past the first ten thousand a product stands in a few stores only, and every store has some of these", () => {
  const rare = numbersFrom(500_000)
    .slice(0, 400)
    .map((product) => stockOf(product, 100));
  const shelves = rare.reduce((sum, { length }) => sum + length, 0);
  assert.ok(shelves > 400 * 3 && shelves < 400 * 5, `${shelves} shelves`);
  assert.is(new Set(rare.flat().map(({ store }) => store)).size, 100);
});

test.run();
