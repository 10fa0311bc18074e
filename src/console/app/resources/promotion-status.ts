/** Whether a promotion applies now, and if not, why. */
import { timestampDate } from "@bufbuild/protobuf/wkt";
import type { Promotion } from "../../../../gen/bodega/promotion/v1/promotion_pb.ts";

export type PromotionStatus = "scheduled" | "running" | "ended" | "used-up" | "off";

export function promotionStatus(
  { active, startTime, endTime, redeemedCount, usageLimit }: Promotion,
  now: Date,
): PromotionStatus {
  if (endTime !== undefined && timestampDate(endTime) <= now) return "ended";
  if (usageLimit !== undefined && redeemedCount >= usageLimit) return "used-up";
  if (!active) return "off";
  return startTime !== undefined && timestampDate(startTime) > now ? "scheduled" : "running";
}
