/** Removes carts: a deleted user's, and those that nobody touched for long. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";

/** Longer than people remember what they meant to buy; its prices are those of another season by then. */
const KEPT = "90 days";

/** For the transaction that deletes the user. No cart is no error. */
export async function forgetCart(database: Sequelize, userId: string): Promise<void> {
  await runSql(database, "DELETE FROM carts.carts WHERE user_id = $1", [userId]);
}

/** Forgets carts that were not changed for 90 days, at most `limit`. @returns how many */
export async function purgeCarts(database: Sequelize, limit: number): Promise<number> {
  const purged = await runSql(
    database,
    `DELETE FROM carts.carts WHERE user_id IN (
       SELECT user_id FROM carts.carts WHERE updated_at < now() - interval '${KEPT}'
       ORDER BY updated_at LIMIT $1 FOR UPDATE SKIP LOCKED
     ) RETURNING user_id`,
    [limit],
  );
  return purged.length;
}
