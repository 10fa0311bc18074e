/** From messages to what a form holds and back: no value changes on the way, and no amount becomes a float. */
import { create } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ProductSchema } from "../../gen/bodega/catalog/v1/product_pb.ts";
import { Role, RoleSchema, UserSchema } from "../../gen/bodega/identity/v1/user_pb.ts";
import { WebhookSchema } from "../../gen/bodega/notification/v1/webhook_pb.ts";
import { type Promotion, PromotionSchema } from "../../gen/bodega/promotion/v1/promotion_pb.ts";
import { MoneySchema } from "../../gen/google/type/money_pb.ts";
import { differencesOf, differencesOfForm } from "../../src/console/app/forms/difference.ts";
import { fill, kindOf, type Values, valuesOf, WrongValue } from "../../src/console/app/forms/fields.ts";
import { amountOf, moneyOf, moneyText } from "../../src/console/app/data/money.ts";
import { enumWords, sentence } from "../../src/console/app/data/names.ts";

const usd = (units: bigint, nanos = 0) => create(MoneySchema, { currencyCode: "USD", units, nanos });

test("an amount is what was typed, to the last digit, whatever the currency's digits", () => {
  const typed: [text: string, currency: string, units: bigint, nanos: number][] = [
    ["12.50", "USD", 12n, 500_000_000],
    ["0,1", "USD", 0n, 100_000_000],
    ["9007199254740993", "USD", 9_007_199_254_740_993n, 0],
    ["1.234567891", "USD", 1n, 234_567_891],
    ["500", "JPY", 500n, 0],
    [" 7 ", "USD", 7n, 0],
    ["-3.25", "USD", -3n, -250_000_000],
    ["1,250", "USD", 1_250n, 0],
    ["1,250.00", "USD", 1_250n, 0],
    ["-12,345,678.9", "USD", -12_345_678n, -900_000_000],
    ["12,5", "USD", 12n, 500_000_000],
    ["1,250", "JPY", 1_250n, 0],
    ["1.250", "KWD", 1n, 250_000_000],
    ["1,250.125", "KWD", 1_250n, 125_000_000],
  ];
  for (const [text, currency, units, nanos] of typed) {
    const money = moneyOf(text, currency);
    assert.equal([money?.units, money?.nanos, money?.currencyCode], [units, nanos, currency], text);
  }
  for (const text of [
    "",
    "twelve",
    "1.2.3",
    "1e3",
    "0x10",
    "1.250",
    "1,2500.00",
    "12,50,00",
    ",250",
    "1.250,00",
    "1,25,000",
  ])
    assert.is(moneyOf(text, "USD"), undefined, text);
  for (const [text, currency] of [
    ["1.250", "JPY"],
    ["1,250", "KWD"],
  ] as const)
    assert.is(moneyOf(text, currency), undefined, `${text} ${currency}`);
});

test("an amount is written with the digits that its currency has", () => {
  assert.equal(
    [
      amountOf(usd(12n, 500_000_000)),
      amountOf(usd(0n)),
      amountOf(create(MoneySchema, { currencyCode: "JPY", units: 500n })),
    ],
    ["12.50", "0.00", "500"],
  );
  assert.equal([moneyText(usd(1_234n, 500_000_000)), moneyText(undefined)], ["$1,234.50", ""]);
});

test("what a form was filled with comes out of it again", () => {
  const promotion = create(PromotionSchema, {
    code: "SPRING",
    discount: { case: "percent", value: 12.5 },
    maxDiscount: usd(5n),
    startTime: timestampFromDate(new Date(2026, 2, 1, 9, 30)),
    usageLimit: 10,
    active: true,
  });
  const names = new Set([
    "code",
    "percent",
    "max_discount",
    "start_time",
    "end_time",
    "usage_limit",
    "usage_limit_per_user",
    "active",
  ]);
  const fields = PromotionSchema.fields.filter(({ name }) => names.has(name));
  const values = valuesOf(PromotionSchema, promotion, fields);
  assert.equal(
    [
      values["percent"],
      values["max_discount"],
      values["start_time"],
      values["end_time"],
      values["usage_limit_per_user"],
    ],
    ["12.5", "5.00", "2026-03-01T09:30", "", ""],
  );
  const copy: Promotion = create(PromotionSchema);
  fill(PromotionSchema, copy, { fields, values, currency: "USD" });
  assert.equal(copy, promotion);
});

test("a choice, a day and ticked boxes come out of a form as they went in", () => {
  const user = create(UserSchema, { role: Role.ADMIN, birthDate: { year: 1990, month: 2, day: 3 }, disabled: true });
  const ofUser = UserSchema.fields.filter(({ name }) => ["role", "birth_date", "disabled"].includes(name));
  assert.equal(
    new Map(ofUser.map((field) => [field.name, kindOf(field)])),
    new Map([
      ["birth_date", "date"],
      ["role", "choice"],
      ["disabled", "yes-no"],
    ]),
  );
  const filled = create(UserSchema);
  fill(UserSchema, filled, { fields: ofUser, values: valuesOf(UserSchema, user, ofUser), currency: "USD" });
  assert.equal(filled, user);
  const boxes = WebhookSchema.fields.filter(({ name }) => name === "event_types");
  const webhook = create(WebhookSchema, { eventTypes: ["order.confirmed", "order.shipped"] });
  const ticked = create(WebhookSchema);
  fill(WebhookSchema, ticked, { fields: boxes, values: valuesOf(WebhookSchema, webhook, boxes), currency: "USD" });
  assert.equal(ticked.eventTypes, webhook.eventTypes);
});

test("a field that was emptied is not there, and a text that was emptied is empty", () => {
  const product = create(ProductSchema, { title: "Mug", description: "Holds coffee", price: usd(3n) });
  const fields = ProductSchema.fields.filter(({ name }) => name === "description" || name === "price");
  fill(ProductSchema, product, { fields, values: { description: "", price: "" }, currency: "USD" });
  assert.equal([product.description, product.price, product.title], ["", undefined, "Mug"]);
});

test("what is no number, amount or time is told by its field, before any rule is asked", () => {
  const wrong = (schema: typeof ProductSchema | typeof PromotionSchema, values: Values) => {
    const fields = schema.fields.filter(({ name }) => name in values);
    try {
      fill(schema, create<typeof ProductSchema | typeof PromotionSchema>(schema), { fields, values, currency: "USD" });
      return "nothing";
    } catch (error) {
      return error instanceof WrongValue ? `${error.field} ${error.message}` : error;
    }
  };
  assert.is(wrong(ProductSchema, { price: "cheap" }), "price must be an amount such as 1250.00 or 1,250.00");
  assert.is(wrong(PromotionSchema, { percent: "half" }), "percent must be a number");
  assert.is(wrong(PromotionSchema, { start_time: "soon" }), "start_time must be a date and a time");
});

test("two versions are told apart by the fields that differ, in words", () => {
  const mine = create(UserSchema, { firstName: "Ada", role: Role.CUSTOMER, disabled: false });
  const stored = create(UserSchema, { firstName: "Ada", role: Role.ADMIN, disabled: true });
  assert.equal(differencesOf(UserSchema, { stored, mine, names: ["first_name", "role", "disabled"] }), [
    { name: "role", stored: "Admin", mine: "Customer" },
    { name: "disabled", stored: "yes", mine: "no" },
  ]);
  const fields = UserSchema.fields.filter(({ name }) => name === "first_name");
  assert.equal(differencesOfForm(UserSchema, { stored, values: { first_name: "Eve" }, fields }), [
    { name: "first_name", stored: "Ada", mine: "Eve" },
  ]);
});

test("names of the proto are read as words", () => {
  assert.equal(
    [sentence("low_stock_threshold"), sentence("sku"), sentence("url"), enumWords(RoleSchema, Role.ADMIN)],
    ["Low stock threshold", "SKU", "URL", "Admin"],
  );
});

test.run();
