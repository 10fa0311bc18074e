/** The repository of promotions as orders use them: what a code would do, and giving a use back. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import type { Promotion } from "./discount.ts";
import { READ_PROMOTIONS } from "./redemption-sql.ts";
import { type PromotionRow, toStored } from "./model.ts";

/** A promotion as it is now, and how often users have used it. */
export interface LockedPromotion {
  promotion: Promotion;
  usesByUser: Map<string, number>;
}

export interface Redemption {
  promotionId: string;
  userId: string;
  orderId: string;
}

/** By code in lower case. */
export type PromotionsByCode = Map<string, LockedPromotion>;

/** A row of READ_PROMOTIONS. */
export interface PromotionWithUses extends PromotionRow {
  user_ids: string[];
  uses: number[];
}

export function promotionsOf(rows: PromotionWithUses[]): PromotionsByCode {
  return new Map(
    rows.map((row) => {
      const usesByUser = new Map(row.user_ids.map((userId, index) => [userId, row.uses[index] ?? 0]));
      return [row.code.toLowerCase(), { promotion: toStored(row), usesByUser }];
    }),
  );
}

export class Redemptions {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** What codes would do now, without waiting for anybody. Unknown codes have no entry. */
  async find(codes: string[], userIds: string[]): Promise<PromotionsByCode> {
    const values = [codes.map((code) => code.toLowerCase()), userIds];
    return promotionsOf(await runSql<PromotionWithUses>(this.#database, READ_PROMOTIONS.text, values));
  }

  /**
   * Takes uses back, each once: those that were counted, of orders that no longer stand. Locks the promotions first,
   * in the order that `lock` keeps.
   */
  async giveBack(redemptions: Redemption[]): Promise<void> {
    if (redemptions.length === 0) return;
    const promotionIds = redemptions.map(({ promotionId }) => promotionId);
    await runSql(this.#database, "SELECT FROM orders.promotions WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", [
      promotionIds,
    ]);
    await runSql(
      this.#database,
      `WITH given_back AS (
         DELETE FROM orders.redemptions WHERE (promotion_id, user_id, order_id) IN (
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])
         ) RETURNING promotion_id
       )
       UPDATE orders.promotions p SET redeemed_count = p.redeemed_count - g.uses
       FROM (SELECT promotion_id, count(*) AS uses FROM given_back GROUP BY promotion_id) g
       WHERE p.id = g.promotion_id`,
      [promotionIds, redemptions.map(({ userId }) => userId), redemptions.map(({ orderId }) => orderId)],
    );
  }
}
