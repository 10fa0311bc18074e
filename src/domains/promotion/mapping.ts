/** Promotions as messages, and messages as terms. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Promotion as PromotionMessage, PromotionSchema } from "../../../gen/bodega/promotion/v1/promotion_pb.ts";
import type { Money } from "../../../gen/google/type/money_pb.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import { type Currency, fromMoney, toMoney } from "../../platform/wire/money.ts";
import type { StoredPromotion } from "./model.ts";
import type { Terms } from "./terms.ts";

const BASIS_POINTS_PER_PERCENT = 100;

export function toPromotion(promotion: StoredPromotion, currency: Currency): MessageInitShape<typeof PromotionSchema> {
  const { startTime, endTime, maxDiscount, minSubtotal } = promotion;
  return {
    id: promotion.id,
    code: promotion.code,
    discount: toDiscount(promotion, currency),
    maxDiscount: maxDiscount === undefined ? undefined : toMoney(maxDiscount, currency),
    minSubtotal: minSubtotal === 0n ? undefined : toMoney(minSubtotal, currency),
    startTime: startTime === undefined ? undefined : timestampFromDate(startTime),
    endTime: endTime === undefined ? undefined : timestampFromDate(endTime),
    usageLimit: promotion.usageLimit,
    usageLimitPerUser: promotion.usageLimitPerUser,
    redeemedCount: promotion.redeemedCount,
    active: promotion.active,
    description: promotion.description,
    createTime: timestampFromDate(promotion.createdAt),
    updateTime: timestampFromDate(promotion.updatedAt),
    etag: etagOf(promotion.version),
  };
}

/** What a message says; what it leaves out gets its default. @throws Failure WRONG_CURRENCY, AMOUNT_TOO_PRECISE */
export function toTerms(message: PromotionMessage, currency: Currency): Terms {
  const { discount } = message;
  const minor = (money: Money | undefined, field: string) =>
    money === undefined ? undefined : fromMoney(money, currency, `promotion.${field}`);
  return {
    code: message.code,
    description: message.description,
    active: message.active ?? true,
    fixedAmount: discount.case === "fixedAmount" ? minor(discount.value, "fixed_amount") : undefined,
    percentBasisPoints:
      discount.case === "percent" ? BigInt(Math.round(discount.value * BASIS_POINTS_PER_PERCENT)) : undefined,
    maxDiscount: minor(message.maxDiscount, "max_discount"),
    minSubtotal: minor(message.minSubtotal, "min_subtotal") ?? 0n,
    startTime: toDate(message.startTime),
    endTime: toDate(message.endTime),
    usageLimit: message.usageLimit,
    usageLimitPerUser: message.usageLimitPerUser,
  };
}

function toDiscount(
  { fixedAmount, percentBasisPoints }: StoredPromotion,
  currency: Currency,
): PromotionMessage["discount"] {
  if (fixedAmount !== undefined) return { case: "fixedAmount", value: toMoney(fixedAmount, currency) };
  if (percentBasisPoints !== undefined)
    return { case: "percent", value: Number(percentBasisPoints) / BASIS_POINTS_PER_PERCENT };
  return { case: undefined };
}

function toDate(time: Timestamp | undefined): Date | undefined {
  return time === undefined ? undefined : timestampDate(time);
}
