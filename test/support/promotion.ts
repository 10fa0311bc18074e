/** Promotions for tests, written into the database. */
import { runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import type { TestApi } from "./api.ts";

/** Amounts are in minor units; what is left out does not bound. */
export interface TestTerms {
  percent?: number;
  fixedAmount?: number;
  maxDiscount?: number | undefined;
  minSubtotal?: number;
  usageLimit?: number;
  usageLimitPerUser?: number;
  active?: boolean;
}

export interface TestPromotion {
  id: string;
  code: string;
}

export async function makePromotion({ database }: Pick<TestApi, "database">, terms: TestTerms): Promise<TestPromotion> {
  const id = newId();
  const code = `T-${id}`.toUpperCase();
  await runSql(
    database,
    `INSERT INTO orders.promotions
       (id, code, percent, fixed_amount, max_discount, min_subtotal, usage_limit, usage_limit_per_user, active)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      code,
      terms.percent ?? null,
      terms.fixedAmount ?? null,
      terms.maxDiscount ?? null,
      terms.minSubtotal ?? 0,
      terms.usageLimit ?? null,
      terms.usageLimitPerUser ?? null,
      terms.active ?? true,
    ],
  );
  return { id, code };
}

/** How often it was used by its counter, and by its list. */
export async function usesOf(
  { database }: Pick<TestApi, "database">,
  { id }: TestPromotion,
): Promise<{ counted: number; redemptions: number }> {
  const [row] = await runSql<{ counted: number; redemptions: string }>(
    database,
    `SELECT redeemed_count AS counted, (SELECT count(*) FROM orders.redemptions WHERE promotion_id = $1) AS redemptions
     FROM orders.promotions WHERE id = $1`,
    [id],
  );
  return { counted: Number(row?.counted), redemptions: Number(row?.redemptions) };
}
