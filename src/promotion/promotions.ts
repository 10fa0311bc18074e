/** The repository of promotions: found and locked for orders, and counted when they are placed. */
import type { Sequelize } from "sequelize";
import { execute, select } from "../platform/database.ts";
import type { Promotion } from "./discount.ts";
import { COLUMNS, type PromotionRow, toStored } from "./rows.ts";

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

/** $1 codes in lower case. A deleted promotion has no code: somebody else may have it now. */
const WITH_CODES = "SELECT id FROM orders.promotions WHERE lower(code) = ANY($1::text[]) AND deleted_at IS NULL";

export class Promotions {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /**
   * Locks the promotions of these codes until the transaction ends, so that their limits hold under any crowd. Stock
   * rows are always locked before them: one global order, no deadlock. Unknown codes have no entry.
   * @returns by code in lower case
   */
  async lock(codes: string[], userIds: string[]): Promise<Map<string, LockedPromotion>> {
    const locked = await select<{ id: string }>(this.#database, `${WITH_CODES} ORDER BY id FOR UPDATE`, [
      codes.map((code) => code.toLowerCase()),
    ]);
    // Read anew: the uses of those who held the lock before are committed only now.
    return this.#withUses(
      locked.map(({ id }) => id),
      userIds,
    );
  }

  async #withUses(ids: string[], userIds: string[]): Promise<Map<string, LockedPromotion>> {
    if (ids.length === 0) return new Map();
    const [rows, uses] = await Promise.all([this.#read(ids), this.#uses(ids, userIds)]);
    return new Map(
      rows.map((row) => [
        row.code.toLowerCase(),
        { promotion: toStored(row), usesByUser: uses.get(row.id) ?? new Map() },
      ]),
    );
  }

  /** As `lock`, without waiting for anybody: what a code would do now, for whoever only asks. */
  async find(codes: string[], userIds: string[]): Promise<Map<string, LockedPromotion>> {
    const found = await select<{ id: string }>(this.#database, WITH_CODES, [codes.map((code) => code.toLowerCase())]);
    return this.#withUses(
      found.map(({ id }) => id),
      userIds,
    );
  }

  /** Counts uses, in the transaction that locked their promotions. */
  async redeem(redemptions: Redemption[]): Promise<void> {
    const promotionIds = redemptions.map(({ promotionId }) => promotionId);
    await execute(
      this.#database,
      `UPDATE orders.promotions p SET redeemed_count = p.redeemed_count + r.uses
       FROM (SELECT id, count(*) AS uses FROM unnest($1::uuid[]) AS u(id) GROUP BY id) r WHERE p.id = r.id`,
      [promotionIds],
    );
    await execute(
      this.#database,
      `INSERT INTO orders.redemptions (promotion_id, user_id, order_id)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])`,
      [promotionIds, redemptions.map(({ userId }) => userId), redemptions.map(({ orderId }) => orderId)],
    );
  }

  /**
   * Takes uses back, each once: those that were counted, of orders that no longer stand. Locks the promotions first,
   * in the order that `lock` keeps.
   */
  async giveBack(redemptions: Redemption[]): Promise<void> {
    if (redemptions.length === 0) return;
    const promotionIds = redemptions.map(({ promotionId }) => promotionId);
    await select(this.#database, "SELECT FROM orders.promotions WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", [
      promotionIds,
    ]);
    await execute(
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

  #read(ids: string[]): Promise<PromotionRow[]> {
    return select<PromotionRow>(
      this.#database,
      `SELECT ${COLUMNS} FROM orders.promotions p WHERE p.id = ANY($1::uuid[])`,
      [ids],
    );
  }

  /** By promotion, then by user. */
  async #uses(ids: string[], userIds: string[]): Promise<Map<string, Map<string, number>>> {
    const rows = await select<{ promotion_id: string; user_id: string; uses: string }>(
      this.#database,
      `SELECT promotion_id, user_id, count(*) AS uses FROM orders.redemptions
       WHERE promotion_id = ANY($1::uuid[]) AND user_id = ANY($2::uuid[]) GROUP BY promotion_id, user_id`,
      [ids, userIds],
    );
    const byPromotion = Map.groupBy(rows, ({ promotion_id }) => promotion_id);
    return new Map(
      [...byPromotion].map(([id, ofOne]) => [id, new Map(ofOne.map(({ user_id, uses }) => [user_id, Number(uses)]))]),
    );
  }
}
