/**
 * The SQL of one page of products in an order that an index keeps: by price, name or age. No I/O here.
 *
 * Age is the id's own order (UUIDv7), so that it needs no further index.
 */
import { conditionsOf, FROM, Parameters, type ProductFilter, type Statement } from "./product-filter.ts";

/** The words of `order_by` but for `relevance`, which relevance-sql.ts has. */
export const keyOrders = ["price", "-price", "newest", "oldest", "name", "-name"] as const;
export type KeyOrder = (typeof keyOrders)[number];

export const PRODUCT_COLUMNS = `p.id, p.sku, p.title, p.description, p.price, p.category_id, c.name AS category, p.image_uri, p.featured,
  p.active, p.version, p.created_at, p.updated_at`;

interface SortKey {
  column: string;
  type: string;
  direction: "ASC" | "DESC";
}

const SORT_KEYS: Record<KeyOrder, SortKey> = {
  price: { column: "p.price", type: "bigint", direction: "ASC" },
  "-price": { column: "p.price", type: "bigint", direction: "DESC" },
  name: { column: "p.title", type: "text", direction: "ASC" },
  "-name": { column: "p.title", type: "text", direction: "DESC" },
  oldest: { column: "p.id", type: "uuid", direction: "ASC" },
  newest: { column: "p.id", type: "uuid", direction: "DESC" },
};

/** @param cursor the last row's `sort_key` and id, or undefined on page one */
export function pageStatement(
  filter: ProductFilter,
  order: KeyOrder,
  cursor: string[] | undefined,
  limit: number,
): Statement {
  const parameters = new Parameters();
  const conditions = conditionsOf(filter, parameters);
  const key = SORT_KEYS[order];
  if (cursor !== undefined) conditions.push(behind(cursor, key, parameters));
  const byId = key.column === "p.id" ? "" : `, p.id ${key.direction}`;
  const sql = `
    SELECT ${PRODUCT_COLUMNS}, ${key.column}::text AS sort_key
    ${FROM}
    WHERE ${conditions.join(" AND ")}
    ORDER BY ${key.column} ${key.direction}${byId}
    LIMIT ${parameters.add(limit)}`;
  return { sql, bind: parameters.values };
}

/** The rows behind the cursor in the key's direction; the id decides between equal keys. */
function behind([value, id]: string[], { column, type, direction }: SortKey, parameters: Parameters): string {
  const comparison = direction === "ASC" ? ">" : "<";
  if (column === "p.id") return `p.id ${comparison} ${parameters.add(id)}::uuid`;
  return `(${column}, p.id) ${comparison} (${parameters.add(value)}::${type}, ${parameters.add(id)}::uuid)`;
}
