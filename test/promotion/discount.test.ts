/**
 * What a promotion takes off: exact, half-even, bounded, and shared out to the last minor unit.
 *
 * Method: the pure functions, by examples for what people compute by hand, by properties for every amount. A property
 * that fails prints its seed and the smallest example.
 */
import { fc } from "../support/seed.ts";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Failure } from "../../src/platform/errors/failure.ts";
import { allocate, discountOf, type Promotion, whyNot } from "../../src/domains/promotion/discount.ts";

const NOW = new Date("2026-06-15T12:00:00Z");

function promotion(terms: Partial<Promotion>): Promotion {
  return {
    id: "01980000-0000-7000-8000-000000000000",
    code: "TEST",
    active: true,
    fixedAmount: undefined,
    percentBasisPoints: undefined,
    maxDiscount: undefined,
    minSubtotal: 0n,
    startTime: undefined,
    endTime: undefined,
    usageLimit: undefined,
    usageLimitPerUser: undefined,
    redeemedCount: 0,
    ...terms,
  };
}

function discount(terms: Partial<Promotion>, subtotal: bigint): bigint {
  return discountOf(promotion(terms), { subtotal, now: NOW, usesByUser: 0 });
}

test("a percentage is rounded half to even: 0.5 becomes 0, 1.5 becomes 2, 2.5 becomes 2", () => {
  const ofTenPercent = [5n, 15n, 25n, 35n, 4n, 6n, 14n, 16n].map((subtotal) =>
    discount({ percentBasisPoints: 1000n }, subtotal),
  );
  assert.equal(ofTenPercent, [0n, 2n, 2n, 4n, 0n, 1n, 1n, 2n]);
});

test("hundredths of a percent count: 12.34 % of 10,000 is 1,234", () => {
  assert.is(discount({ percentBasisPoints: 1234n }, 10_000n), 1_234n);
});

test("a percentage with a cap takes the cap and no more", () => {
  const capped = { percentBasisPoints: 5000n, maxDiscount: 700n };
  assert.equal([discount(capped, 1_000n), discount(capped, 1_400n), discount(capped, 1_000_000n)], [500n, 700n, 700n]);
});

test("a fixed amount above the subtotal takes the subtotal, and the order costs nothing", () => {
  assert.equal(
    [discount({ fixedAmount: 500n }, 499n), discount({ fixedAmount: 500n }, 500n), discount({ fixedAmount: 500n }, 0n)],
    [499n, 500n, 0n],
  );
});

test("each thing that is missing has its word", () => {
  const why = (terms: Partial<Promotion>, subtotal = 1_000n, usesByUser = 0) =>
    whyNot(promotion({ fixedAmount: 1n, ...terms }), { subtotal, now: NOW, usesByUser });
  assert.is(why({}), undefined);
  assert.is(why({ active: false }), "INACTIVE");
  assert.is(why({ startTime: new Date(NOW.getTime() + 1) }), "NOT_STARTED");
  assert.is(why({ startTime: NOW }), undefined);
  assert.is(why({ endTime: NOW }), "ENDED");
  assert.is(why({ endTime: new Date(NOW.getTime() + 1) }), undefined);
  assert.equal([why({ minSubtotal: 1_001n }), why({ minSubtotal: 1_000n })], ["BELOW_MINIMUM", undefined]);
  assert.equal(
    [why({ usageLimit: 3, redeemedCount: 3 }), why({ usageLimit: 3, redeemedCount: 2 })],
    ["USED_UP", undefined],
  );
  assert.equal(
    [why({ usageLimitPerUser: 2 }, 1n, 2), why({ usageLimitPerUser: 2 }, 1n, 1)],
    ["USED_UP_BY_USER", undefined],
  );
});

const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
const terms = fc.record({
  fixedAmount: fc.option(fc.bigInt({ min: 1n, max: 10n ** 11n }), { nil: undefined }),
  percentBasisPoints: fc.bigInt({ min: 1n, max: 10_000n }),
  maxDiscount: fc.option(fc.bigInt({ min: 1n, max: 10n ** 11n }), { nil: undefined }),
});

test("no promotion takes more than the subtotal, less than nothing, or more than its cap", () => {
  fc.assert(
    fc.property(terms, amount, (given, subtotal) => {
      const taken = discount(given, subtotal);
      assert.ok(taken >= 0n && taken <= subtotal);
      if (given.maxDiscount !== undefined) assert.ok(taken <= given.maxDiscount);
    }),
  );
});

test("a percentage is never off by more than half a minor unit, and even where it is exactly half", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10_000n }), amount, (percentBasisPoints, subtotal) => {
      const twiceOff = 2n * (discount({ percentBasisPoints }, subtotal) * 10_000n - subtotal * percentBasisPoints);
      assert.ok(twiceOff >= -10_000n && twiceOff <= 10_000n);
      if (twiceOff === 10_000n || twiceOff === -10_000n) assert.is(discount({ percentBasisPoints }, subtotal) % 2n, 0n);
    }),
  );
});

test("the lines' shares sum to the order's discount, none is negative, and none exceeds its line", () => {
  const lines = fc.array(fc.bigInt({ min: 0n, max: 10n ** 13n }), { minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(lines, terms, (lineTotals, given) => {
      const subtotal = sum(lineTotals);
      const taken = discount(given, subtotal);
      const shares = allocate(taken, lineTotals);
      assert.is(sum(shares), taken);
      assert.ok(shares.every((share, line) => share >= 0n && share <= (lineTotals[line] ?? 0n)));
    }),
  );
});

test("equal lines get shares that differ by one minor unit at most", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100 }),
      fc.bigInt({ min: 1n, max: 10n ** 9n }),
      fc.bigInt({ min: 1n, max: 10_000n }),
      (count, price, percentBasisPoints) => {
        const lineTotals = Array.from({ length: count }, () => price);
        const shares = allocate(discount({ percentBasisPoints }, sum(lineTotals)), lineTotals);
        const [least, most] = [shares.reduce((a, b) => (b < a ? b : a)), shares.reduce((a, b) => (b > a ? b : a))];
        assert.ok(most - least <= 1n);
      },
    ),
  );
});

test("a code that does not apply is refused with its word and a sentence, beside the field", () => {
  try {
    discountOf(promotion({ fixedAmount: 1n, minSubtotal: 500n }), { subtotal: 499n, now: NOW, usesByUser: 0 });
    assert.unreachable();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    assert.equal(
      [error.reason, error.metadata],
      ["PROMOTION_NOT_APPLICABLE", { promo_code: "TEST", why: "BELOW_MINIMUM" }],
    );
    assert.equal(error.violations, [{ field: "promo_code", description: "the order is below its minimum" }]);
  }
});

function sum(amounts: bigint[]): bigint {
  return amounts.reduce((total, one) => total + one, 0n);
}

test.run();
