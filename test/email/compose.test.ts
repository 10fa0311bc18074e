/** The text of e-mails: amounts are exact, and every template finds its values. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { formatAmount } from "../../src/domains/notification/email/compose/format-amount.ts";
import { renderEmail, type Message } from "../../src/domains/notification/email/compose/render.ts";
import type { OrderDetails } from "../../src/domains/notification/email/compose/order-details.ts";
import { orderValues } from "../../src/domains/notification/email/compose/order-values.ts";
import { loadTemplates } from "../../src/domains/notification/email/compose/templates.ts";
import { currencyOf } from "../../src/platform/wire/money.ts";

const USD = currencyOf("USD");

const AMOUNTS: [minor: bigint, code: string, text: string][] = [
  [0n, "USD", "$0.00"],
  [5n, "USD", "$0.05"],
  [123_450n, "USD", "$1,234.50"],
  [-1_999n, "USD", "-$19.99"],
  [1_500n, "JPY", "¥1,500"],
  [1_234_567n, "KWD", "KWD\u00a01,234.567"],
  // 2^53 + 1 cents: a float would say .92 or .94.
  [9_007_199_254_740_993n, "USD", "$90,071,992,547,409.93"],
];

for (const [minor, code, text] of AMOUNTS) {
  test(`${minor} minor units of ${code} read ${text}`, () => {
    assert.is(formatAmount(minor, currencyOf(code)), text);
  });
}

const TO = { name: "", address: "ada@customers.example" };
const DETAILS: OrderDetails = {
  orderId: "01890000-0000-7000-8000-000000000001",
  recipient: { email: "ada@customers.example", firstName: "" },
  storeName: "Corner\nShop",
  placedAt: new Date("2026-11-02T10:20:30Z"),
  subtotal: 1_000n,
  discount: 250n,
  total: 750n,
  promoCode: "SPRING",
  expiredAt: undefined,
  lines: [{ title: "Mug", sku: "M-1", quantity: 4n, unitPrice: 250n, lineTotal: 1_000n, available: 1n }],
};

/** What a template of an order makes of it. */
function composed(type: string, details = DETAILS): Message {
  const template = loadTemplates().get(type);
  if (template === undefined) throw new Error(`there is no template for ${type}`);
  const values = { greeting: "Hello,", ...orderValues(details, USD) };
  return renderEmail({ key: "order-7", to: TO, values }, { template, domain: "shop.example" });
}

test("there is a template for every change of an order that its buyer hears of, for all that an account has to tell, and for what runs out", () => {
  const orders = ["CANCELLED", "CONFIRMED", "DELIVERED", "REJECTED", "SHIPPED"].map((status) => `ORDER_${status}`);
  const account = [
    "MFA_DISABLED",
    "MFA_ENABLED",
    "EMAIL_CHANGING",
    "EMAIL_VERIFICATION",
    "PASSWORD_CHANGED",
    "PASSWORD_GUESSED",
    "PASSWORD_RESET",
  ];
  assert.equal([...loadTemplates().keys()].toSorted(), [...account, ...orders, "STOCK_LOW", "WELCOME"].toSorted());
});

for (const type of [...loadTemplates().keys()].filter((name) => name.startsWith("ORDER_"))) {
  test(`the e-mail of ${type} has a subject of one line, and nothing left to fill in`, () => {
    const message = composed(type);
    assert.is(message.messageId, "<order-7@shop.example>");
    assert.match(message.subject, "Corner Shop");
    assert.match(message.text, /^Hello,\n/);
    assert.match(message.text, "4 × Mug at $2.50: $10.00");
    assert.not.match(message.subject + message.text + message.html, /\{\{|undefined|Subject:/);
  });
}

/** Of a text or of a table: each line's amount, and what is subtracted and summed up below, in minor units. */
function sumsOf(body: string): {
  lines: bigint;
  discount: bigint;
  subtotal: bigint | undefined;
  total: bigint | undefined;
} {
  const rows = body
    .replace(/<small.*?<\/small>/g, "")
    .split(/\n(?=  )|<tr>/)
    .map((row) => row.replace(/<[^>]*>/g, " "));
  const read = (name: RegExp) =>
    rows.filter((row) => name.test(row)).map((row) => minorOf(/([\d,]+\.\d\d)\s*$/m.exec(row)?.[1] ?? ""));
  const [discount = 0n] = read(/Discount/);
  return {
    lines: read(/ × /).reduce((sum, line) => sum + line, 0n),
    discount,
    subtotal: read(/Subtotal/)[0],
    total: read(/Total/)[0],
  };
}

function minorOf(amount: string): bigint {
  return BigInt(amount.replace(/[,.]/g, ""));
}

const ADDED_UP: [what: string, details: OrderDetails][] = [
  ["with a code", DETAILS],
  ["without a code", { ...DETAILS, discount: 0n, total: 1_000n, promoCode: "" }],
  [
    "of several lines",
    {
      ...DETAILS,
      subtotal: 1_999_000n + 5n,
      discount: 499_750n,
      total: 1_499_255n,
      lines: [
        { title: "Tea", sku: "T-1", quantity: 1_000n, unitPrice: 1_999n, lineTotal: 1_999_000n, available: undefined },
        { title: "Cup", sku: "C-1", quantity: 1n, unitPrice: 5n, lineTotal: 5n, available: 0n },
      ],
    },
  ],
];

for (const type of [...loadTemplates().keys()].filter((name) => name.startsWith("ORDER_"))) {
  for (const [what, details] of ADDED_UP) {
    test(`in the e-mail of ${type} for an order ${what} the lines less the discount are the total, as text and as a page`, () => {
      const { text, html } = composed(type, details);
      for (const body of [text, html]) {
        const { lines, discount, subtotal, total } = sumsOf(body);
        assert.is(lines, details.subtotal, body);
        assert.is(total, lines - discount, body);
        assert.is(discount, details.discount, body);
        assert.is(subtotal, details.discount === 0n ? undefined : lines, body);
      }
    });
  }
}

for (const type of ["MFA_DISABLED", "MFA_ENABLED", "PASSWORD_GUESSED", "WELCOME"]) {
  test(`the e-mail of ${type} says whose account it is, where the name may be shown, and has nothing left to fill in`, () => {
    const template = loadTemplates().get(type);
    if (template === undefined) throw new Error(`there is no template for ${type}`);
    for (const named of [[{ username: "ada" }], []]) {
      const { subject, text, html } = renderEmail(
        { key: "user-7", to: TO, values: { greeting: "Hello,", named } },
        { template, domain: "shop.example" },
      );
      for (const body of [text, html]) assert.is(body.includes("ada"), named.length > 0);
      assert.not.match(subject + text + html, /\{\{|undefined|Subject:/);
    }
  });
}

test("a discount is shown with its code, and only where there is one", () => {
  assert.match(composed("ORDER_CONFIRMED").text, "Discount (SPRING): -$2.50");
  assert.not.match(composed("ORDER_CONFIRMED", { ...DETAILS, discount: 0n }).text, "Discount");
});

test("a cancellation says that a hold has ended, and only where one has", () => {
  const expired = composed("ORDER_CANCELLED", { ...DETAILS, expiredAt: new Date("2026-11-02T10:30:00Z") });
  for (const text of [expired.text, expired.html]) assert.match(text, "until 2026-11-02 10:30 UTC");
  assert.not.match(composed("ORDER_CANCELLED").text, "until");
});

test.run();
