/**
 * Which of the rows that orders lock are locked by somebody else now.
 *
 * Asked when a batch has waited in vain. Each row is tried as a batch would lock it, without waiting (SKIP LOCKED), and
 * let go with the end of the statement. Stores and products are among them because the foreign keys of what is written
 * look at them.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";

/** A row that an order locks: `stock <store> <product>`, `promotion <code>`, `cart <user>`, `store <id>` or `product <id>`. */
export type RowKey = string;

const FREE = {
  stock: `
    SELECT 'stock ' || store_id || ' ' || product_id AS key FROM inventory.stock
    WHERE (store_id, product_id) IN (SELECT split_part(k, ' ', 1)::uuid, split_part(k, ' ', 2)::uuid FROM unnest($1::text[]) AS k)
    FOR UPDATE SKIP LOCKED`,
  promotion: `
    SELECT 'promotion ' || lower(code) AS key FROM orders.promotions
    WHERE lower(code) = ANY($1::text[]) AND deleted_at IS NULL FOR UPDATE SKIP LOCKED`,
  cart: "SELECT 'cart ' || user_id AS key FROM carts.carts WHERE user_id = ANY($1::uuid[]) FOR UPDATE SKIP LOCKED",
  store: "SELECT 'store ' || id AS key FROM inventory.stores WHERE id = ANY($1::uuid[]) FOR KEY SHARE SKIP LOCKED",
  product: "SELECT 'product ' || id AS key FROM catalog.products WHERE id = ANY($1::uuid[]) FOR KEY SHARE SKIP LOCKED",
} as const;

/** The same rows whether they are locked or not: one that does not exist is not locked. */
function existing(sql: string): string {
  return sql.replace(/FOR (UPDATE|KEY SHARE) SKIP LOCKED/, "");
}

type Table = keyof typeof FREE;

export async function findLocked(database: Sequelize, keys: RowKey[]): Promise<Set<RowKey>> {
  const byTable = Map.groupBy(keys, tableOf);
  const locked = new Set<RowKey>();
  for (const [table, ofTable] of byTable) {
    const bind = [ofTable.map((key) => key.slice(table.length + 1))];
    const free = await runSql<{ key: RowKey }>(database, FREE[table], bind);
    if (free.length === ofTable.length) continue;
    const isFree = new Set(free.map(({ key }) => key));
    const all = await runSql<{ key: RowKey }>(database, existing(FREE[table]), bind);
    for (const { key } of all) if (!isFree.has(key)) locked.add(key);
  }
  return locked;
}

function tableOf(key: RowKey): Table {
  const table = key.slice(0, key.indexOf(" "));
  switch (table) {
    case "stock":
    case "promotion":
    case "cart":
    case "store":
    case "product":
      return table;
    default:
      throw new TypeError(`no order locks ${key}`);
  }
}
