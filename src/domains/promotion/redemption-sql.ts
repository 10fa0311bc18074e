/** The SQL with which orders use promotions: they are locked, read under the lock, and counted. */
import type { Statement } from "../../platform/database/prepared-statements.ts";
import { COLUMNS } from "./model.ts";

/** $1 codes in lower case. A deleted promotion has no code: somebody else may have it now. */
const WITH_CODES = "lower(p.code) = ANY($1::text[]) AND p.deleted_at IS NULL";

/**
 * $1 codes in lower case. Locks their promotions until the transaction ends, so that their limits hold under any crowd.
 * Stock rows are always locked before them: one global order, no deadlock.
 */
export const LOCK_PROMOTIONS: Statement = {
  name: "promotions-lock",
  text: `SELECT p.id FROM orders.promotions p WHERE ${WITH_CODES} ORDER BY p.id FOR UPDATE`,
};

/**
 * $1 codes in lower case, $2 user ids: the promotions, and how often each of the users has used them. A statement of its
 * own behind the lock: the uses of those who held the lock before are committed only now.
 */
export const READ_PROMOTIONS: Statement = {
  name: "promotions-read",
  text: `
    SELECT ${COLUMNS}, u.user_ids, u.uses
    FROM orders.promotions p
    CROSS JOIN LATERAL (
      SELECT coalesce(array_agg(r.user_id::text), '{}') AS user_ids, coalesce(array_agg(r.uses), '{}') AS uses
      FROM (
        SELECT user_id, count(*)::int AS uses FROM orders.redemptions
        WHERE promotion_id = p.id AND user_id = ANY($2::uuid[]) GROUP BY user_id
      ) r
    ) u
    WHERE ${WITH_CODES}`,
};

/** $1 promotion ids, $2 user ids, $3 order ids, one of each for a use: counts them, each promotion's row once. */
export const REDEEM: Statement = {
  name: "promotions-redeem",
  text: `
    WITH used AS MATERIALIZED (
      SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u(promotion_id, user_id, order_id)
    ), counted AS (
      UPDATE orders.promotions p SET redeemed_count = p.redeemed_count + r.uses
      FROM (SELECT promotion_id, count(*) AS uses FROM used GROUP BY promotion_id) r WHERE p.id = r.promotion_id
    )
    INSERT INTO orders.redemptions (promotion_id, user_id, order_id) SELECT * FROM used`,
};
