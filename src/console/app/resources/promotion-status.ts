/** Whether a promotion applies now, and if not, why. */
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Promotion } from "../../../../gen/bodega/promotion/v1/promotion_pb.ts";

export type PromotionStatus = "Scheduled" | "Running" | "Ended" | "Used up" | "Off";

export function promotionStatus(
  { active, startTime, endTime, redeemedCount, usageLimit }: Promotion,
  now: Date,
): PromotionStatus {
  if (endTime !== undefined && timestampDate(endTime) <= now) return "Ended";
  if (usageLimit !== undefined && redeemedCount >= usageLimit) return "Used up";
  if (!active) return "Off";
  return startTime !== undefined && timestampDate(startTime) > now ? "Scheduled" : "Running";
}
