/** The words of the promotions. */
import type { PromotionStatus } from "../../resources/promotion-status.ts";

export const words = {
  active: "Active",
  on: "On",
  off: "Off",
  code: "Code",
  discount: "Discount",
  percent: (percent: number) => `${percent} %`,
  used: "Used",
  usedOf: (used: number, limit: number) => `${used} of ${limit}`,
  from: "From",
  until: "Until",
  status: "Status",
  statuses: {
    scheduled: "Scheduled",
    running: "Running",
    ended: "Ended",
    "used-up": "Used up",
    off: "Off",
  } satisfies Record<PromotionStatus, string>,
};
