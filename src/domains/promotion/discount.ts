/**
 * What a promotion takes off: pure, exact, in minor units.
 *
 * A percentage is rounded half to even, so that many orders together neither gain nor lose; the lines' shares are
 * given out by largest remainder, so that they sum to the order's discount.
 */
import { Failure } from "../../platform/errors/failure.ts";

export interface Promotion {
  id: string;
  /** As it was created; compared whatever the case. */
  code: string;
  active: boolean;
  /** Minor units; exactly one of `fixedAmount` and `percentBasisPoints` is given. */
  fixedAmount: bigint | undefined;
  /** Hundredths of a percent: 1,000 is 10 %. */
  percentBasisPoints: bigint | undefined;
  maxDiscount: bigint | undefined;
  minSubtotal: bigint;
  startTime: Date | undefined;
  /** The first moment at which it no longer applies. */
  endTime: Date | undefined;
  usageLimit: number | undefined;
  usageLimitPerUser: number | undefined;
  redeemedCount: number;
}

export interface Use {
  subtotal: bigint;
  now: Date;
  /** How often this user has used it before. */
  usesByUser: number;
}

/** A use that may be only asked about: without a subtotal. */
export type Occasion = Omit<Use, "subtotal"> & { subtotal?: bigint | undefined };

/** Why a code does not apply: the word for programs, the sentence for people. */
export const whys = {
  UNKNOWN_CODE: "there is no such code",
  INACTIVE: "it is switched off",
  NOT_STARTED: "it has not begun",
  ENDED: "it has ended",
  BELOW_MINIMUM: "the order is below its minimum",
  USED_UP: "it is used up",
  USED_UP_BY_USER: "you have used it as often as you may",
} as const;

export type Why = keyof typeof whys;

const BASIS_POINTS = 10_000n;

/** The discount, never above the subtotal. @throws Failure PROMOTION_NOT_APPLICABLE */
export function discountOf(promotion: Promotion, use: Use): bigint {
  const why = whyNot(promotion, use);
  if (why !== undefined) throw notApplicable(promotion.code, why);
  return takenOff(promotion, use.subtotal);
}

/** Why it does not apply; undefined where it does. A subtotal that is left out meets every minimum. */
export function whyNot(promotion: Promotion, { subtotal, now, usesByUser }: Occasion): Why | undefined {
  const { startTime, endTime, minSubtotal, usageLimit, usageLimitPerUser } = promotion;
  if (!promotion.active) return "INACTIVE";
  if (startTime !== undefined && now < startTime) return "NOT_STARTED";
  if (endTime !== undefined && now >= endTime) return "ENDED";
  if (subtotal !== undefined && subtotal < minSubtotal) return "BELOW_MINIMUM";
  if (usageLimit !== undefined && promotion.redeemedCount >= usageLimit) return "USED_UP";
  if (usageLimitPerUser !== undefined && usesByUser >= usageLimitPerUser) return "USED_UP_BY_USER";
  return undefined;
}

export function notApplicable(code: string, why: Why): Failure {
  return new Failure("PROMOTION_NOT_APPLICABLE", `The code ${code} does not apply: ${whys[why]}.`, {
    metadata: { promo_code: code, why },
    violations: [{ field: "promo_code", description: whys[why] }],
  });
}

/** What it takes off, where it applies: never more than the subtotal. */
export function takenOff({ fixedAmount, percentBasisPoints, maxDiscount }: Promotion, subtotal: bigint): bigint {
  const wished = fixedAmount ?? divideHalfEven(subtotal * (percentBasisPoints ?? 0n), BASIS_POINTS);
  return smallest(wished, maxDiscount ?? wished, subtotal);
}

/** Shares of `amount` in proportion to `weights`, which sum to it exactly. Weights of zero get nothing. */
export function allocate(amount: bigint, weights: bigint[]): bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  if (whole === 0n) return weights.map(() => 0n);
  const shares = weights.map((weight) => (amount * weight) / whole);
  let left = amount - shares.reduce((sum, share) => sum + share, 0n);
  const byRemainder = weights.map((weight, line) => ({ line, remainder: (amount * weight) % whole }));
  byRemainder.sort((a, b) => compare(b.remainder, a.remainder) || a.line - b.line);
  for (const { line } of byRemainder) {
    if (left === 0n) break;
    shares[line] = (shares[line] ?? 0n) + 1n;
    left -= 1n;
  }
  return shares;
}

function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = (dividend % divisor) * 2n;
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) return quotient + 1n;
  return quotient;
}

function smallest(...amounts: bigint[]): bigint {
  return amounts.reduce((least, amount) => (amount < least ? amount : least));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
