/** Rows of `orders.promotions`, and what they say. */
import type { Promotion } from "./discount.ts";
import type { Terms } from "./terms.ts";

/** PostgreSQL's bigint arrives as text; amounts are minor units. */
export interface PromotionRow {
  id: string;
  code: string;
  description: string;
  active: boolean;
  fixed_amount: string | null;
  basis_points: string | null;
  max_discount: string | null;
  min_subtotal: string;
  start_at: Date | null;
  end_at: Date | null;
  usage_limit: number | null;
  usage_limit_per_user: number | null;
  redeemed_count: number;
  version: number;
  created_at: Date;
  updated_at: Date;
}

export interface StoredPromotion extends Promotion, Terms {
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** The columns of a PromotionRow, of the table `p`. */
export const COLUMNS = "p.*, (p.percent * 100)::bigint AS basis_points";

export function toStored(row: PromotionRow): StoredPromotion {
  return {
    id: row.id,
    code: row.code,
    description: row.description,
    active: row.active,
    fixedAmount: row.fixed_amount === null ? undefined : BigInt(row.fixed_amount),
    percentBasisPoints: row.basis_points === null ? undefined : BigInt(row.basis_points),
    maxDiscount: row.max_discount === null ? undefined : BigInt(row.max_discount),
    minSubtotal: BigInt(row.min_subtotal),
    startTime: row.start_at ?? undefined,
    endTime: row.end_at ?? undefined,
    usageLimit: row.usage_limit ?? undefined,
    usageLimitPerUser: row.usage_limit_per_user ?? undefined,
    redeemedCount: row.redeemed_count,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
