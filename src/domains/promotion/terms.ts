/** A promotion's terms as admins set them, and how an update changes them: pure. */
import { Failure, invalidField } from "../../platform/errors/failure.ts";
import type { Promotion } from "./discount.ts";

/** What may be set; the rest of a promotion follows from its use. */
export interface Terms extends Omit<Promotion, "id" | "redeemedCount"> {
  description: string;
}

/**
 * The terms after an update. Naming one discount takes the other one away, and with a percentage its bound.
 * @throws Failure INVALID_FIELDS when what is left is no promotion
 */
export function revised(terms: Terms, changes: Partial<Terms>): Terms {
  const after = { ...terms, ...changes };
  if (changes.fixedAmount !== undefined) {
    after.percentBasisPoints = undefined;
    after.maxDiscount = changes.maxDiscount;
  } else if (changes.percentBasisPoints !== undefined) {
    after.fixedAmount = undefined;
  }
  requireSound(after);
  return after;
}

/**
 * What the field rules cannot see: times are kept to the millisecond, so that two of them may become one.
 * @throws Failure INVALID_FIELDS
 */
export function requireSound({ fixedAmount, percentBasisPoints, maxDiscount, startTime, endTime }: Terms): void {
  if (fixedAmount === undefined && percentBasisPoints === undefined) {
    throw invalidField("promotion.percent", "a promotion takes something off: fixed_amount or percent must stay");
  }
  if (maxDiscount !== undefined && fixedAmount !== undefined)
    throw invalidField("promotion.max_discount", "goes with percent only");
  if (startTime !== undefined && endTime !== undefined && startTime >= endTime) {
    throw invalidField("promotion.end_time", "must be after start_time");
  }
}

/** Uses that were made stay made. @throws Failure PROMOTION_LIMIT_BELOW_USES */
export function requireRoomFor(redeemedCount: number, { usageLimit }: Terms): void {
  if (usageLimit === undefined || usageLimit >= redeemedCount) return;
  throw new Failure(
    "PROMOTION_LIMIT_BELOW_USES",
    `${redeemedCount} orders use it. Set the limit to as many, or switch it off.`,
    {
      metadata: { redeemed_count: String(redeemedCount) },
      violations: [
        { field: "promotion.usage_limit", description: `is below the ${redeemedCount} uses that there are` },
      ],
    },
  );
}
