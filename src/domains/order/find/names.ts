/** The names that belong to orders' ids: of the buyer and of the store, as they are now. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";

export interface Names {
  /** "" once the account is deleted. */
  buyerName: string;
  storeName: string;
}

/** Looks them up for a page of orders, in one statement. */
export async function namesOf(
  database: Sequelize,
  orders: readonly { userId: string; storeId: string }[],
): Promise<(order: { userId: string; storeId: string }) => Names> {
  const rows = await runSql<{ id: string; name: string }>(database, NAMES, [
    [...new Set(orders.map(({ userId }) => userId))],
    [...new Set(orders.map(({ storeId }) => storeId))],
  ]);
  const byId = new Map(rows.map(({ id, name }) => [id, name]));
  return ({ userId, storeId }) => ({ buyerName: byId.get(userId) ?? "", storeName: byId.get(storeId) ?? "" });
}

/** $1 users, $2 stores. */
const NAMES = `
  SELECT id, coalesce(nullif(btrim(first_name || ' ' || last_name), ''), username) AS name
  FROM identity.users WHERE id = ANY($1::uuid[])
  UNION ALL
  SELECT id, name FROM inventory.stores WHERE id = ANY($2::uuid[])`;
