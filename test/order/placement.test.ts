/**
 * Placement by properties: whatever is asked of whatever is there, nothing is sold that is not there, and nothing of a
 * rejected order is taken.
 */
import { fc } from "../support/seed.ts";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  type Facts,
  mergeLines,
  decideOrder,
  type PlacedOrder,
  stockKey,
  type OrderRequest,
} from "../../src/domains/order/place/decide.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import type { Promotion } from "../../src/domains/promotion/discount.ts";

const STORE = "store";
const PRODUCTS = ["a", "b", "c", "d"];

const stock = fc.record(Object.fromEntries(PRODUCTS.map((id) => [id, fc.bigInt({ min: 0n, max: 30n })])));
const prices = fc.record(Object.fromEntries(PRODUCTS.map((id) => [id, fc.bigInt({ min: 0n, max: 100_000n })])));
const items = fc.array(
  fc.record({ productId: fc.constantFrom(...PRODUCTS), quantity: fc.integer({ min: 1, max: 12 }) }),
  { minLength: 1, maxLength: 6 },
);
const wishes = fc.array(
  fc.record({ items, promoted: fc.boolean(), held: fc.boolean(), user: fc.constantFrom("u1", "u2") }),
  { minLength: 1, maxLength: 25 },
);
const promotion = fc.record({
  fixedAmount: fc.option(fc.bigInt({ min: 1n, max: 200_000n }), { nil: undefined }),
  percentBasisPoints: fc.bigInt({ min: 1n, max: 10_000n }),
  maxDiscount: fc.option(fc.bigInt({ min: 1n, max: 5_000n }), { nil: undefined }),
  usageLimit: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  usageLimitPerUser: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
});

interface Asked {
  items: { productId: string; quantity: number }[];
  promoted: boolean;
  held: boolean;
  user: string;
}

function wishOf({ items: asked, promoted, held, user }: Asked): OrderRequest {
  return {
    storeId: STORE,
    userId: user,
    placedBy: user,
    lines: mergeLines(asked),
    promoCode: promoted ? "CODE" : "",
    holdMs: held ? 1_000 : undefined,
  };
}

function factsOf(
  quantities: Record<string, bigint>,
  amounts: Record<string, bigint>,
  terms: Partial<Promotion>,
): Facts {
  const code: Promotion = {
    id: "p",
    code: "CODE",
    active: true,
    minSubtotal: 0n,
    startTime: undefined,
    endTime: undefined,
    redeemedCount: 0,
    usageLimit: undefined,
    usageLimitPerUser: undefined,
    maxDiscount: undefined,
    ...terms,
    fixedAmount: terms.fixedAmount,
    percentBasisPoints: terms.fixedAmount === undefined ? terms.percentBasisPoints : undefined,
  };
  return {
    stores: new Map([[STORE, { name: "Store", active: true }]]),
    offers: new Map(
      PRODUCTS.map((id) => [id, { productId: id, sku: id, title: id, unitPrice: amounts[id] ?? 0n, active: true }]),
    ),
    stock: new Map(PRODUCTS.map((id) => [stockKey(STORE, id), quantities[id] ?? 0n])),
    openHolds: new Map(),
    promotions: new Map([["code", { promotion: code, usesByUser: new Map() }]]),
    now: new Date(0),
  };
}

function placeAll(asked: Asked[], facts: Facts): (PlacedOrder | Failure)[] {
  return asked.map((one) => {
    try {
      return decideOrder(wishOf(one), facts);
    } catch (error) {
      if (error instanceof Failure) return error;
      throw error;
    }
  });
}

function sum(amounts: bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

test("what is left and what was sold or held is what was there, and nothing is below zero", () => {
  fc.assert(
    fc.property(stock, prices, wishes, promotion, (quantities, amounts, asked, terms) => {
      const facts = factsOf(quantities, amounts, terms);
      const orders = placeAll(asked, facts).flatMap((outcome) => (outcome instanceof Failure ? [] : [outcome]));
      for (const id of PRODUCTS) {
        const left = facts.stock.get(stockKey(STORE, id)) ?? 0n;
        const taken = orders
          .filter(({ status }) => status !== "REJECTED")
          .flatMap(({ lines }) => lines.filter(({ productId }) => productId === id));
        assert.ok(left >= 0n);
        assert.is(left + sum(taken.map(({ quantity }) => BigInt(quantity))), quantities[id]);
      }
    }),
    { verbose: 1 },
  );
});

test("an order is rejected exactly when a line is short, and then each short line is named", () => {
  fc.assert(
    fc.property(stock, prices, wishes, (quantities, amounts, asked) => {
      const facts = factsOf(quantities, amounts, { percentBasisPoints: 1n });
      for (const one of asked.map((each) => ({ ...each, promoted: false }))) {
        const before = new Map(facts.stock);
        const order = decideOrder(wishOf(one), facts);
        const short = order.lines.filter(
          ({ productId, quantity }) => (before.get(stockKey(STORE, productId)) ?? 0n) < BigInt(quantity),
        );
        assert.is(order.status === "REJECTED", short.length > 0);
        assert.equal(
          order.lines.filter(({ available }) => available !== undefined).map(({ productId }) => productId),
          short.map(({ productId }) => productId),
        );
        if (order.status === "REJECTED") assert.equal([...facts.stock], [...before]);
        assert.is(order.status === "PENDING", one.held && short.length === 0);
      }
    }),
    { verbose: 1 },
  );
});

test("totals add up: lines to the subtotal, the lines' discounts to the order's, and no discount is above the subtotal", () => {
  fc.assert(
    fc.property(stock, prices, wishes, promotion, (quantities, amounts, asked, terms) => {
      for (const order of placeAll(asked, factsOf(quantities, amounts, terms))) {
        if (order instanceof Failure) continue;
        assert.is(sum(order.lines.map(({ lineTotal }) => lineTotal)), order.subtotal);
        assert.is(sum(order.lines.map(({ discount }) => discount)), order.discount);
        assert.ok(order.lines.every(({ discount, lineTotal }) => discount >= 0n && discount <= lineTotal));
        assert.ok(order.discount <= order.subtotal && order.total === order.subtotal - order.discount);
      }
    }),
    { verbose: 1 },
  );
});

test("a code's limits hold in all and for each user, and only confirmed and held orders spend a use", () => {
  fc.assert(
    fc.property(stock, prices, wishes, promotion, (quantities, amounts, asked, terms) => {
      const facts = factsOf(quantities, amounts, terms);
      const outcomes = placeAll(asked, facts);
      const used = outcomes.filter(
        (outcome) =>
          !(outcome instanceof Failure) && outcome.promotionId !== undefined && outcome.status !== "REJECTED",
      );
      assert.ok(terms.usageLimit === undefined || used.length <= terms.usageLimit);
      assert.is(facts.promotions.get("code")?.promotion.redeemedCount, used.length);
      for (const uses of facts.promotions.get("code")?.usesByUser.values() ?? []) {
        assert.ok(terms.usageLimitPerUser === undefined || uses <= terms.usageLimitPerUser);
      }
    }),
    { verbose: 1 },
  );
});

test.run();
