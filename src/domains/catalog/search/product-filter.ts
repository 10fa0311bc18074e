/**
 * Which products: the filters of lists and searches as SQL conditions and parameters. No I/O here.
 *
 * `in_stock` without a store asks EXISTS instead of joining the stock of every store, so that a product comes once.
 */

export interface ProductFilter {
  /** What is looked for in words. */
  words?: Words | undefined;
  categoryId?: string | undefined;
  /** The category's name, whatever its case. */
  category?: string | undefined;
  /** Minor units, inclusive. */
  minPrice?: bigint | undefined;
  maxPrice?: bigint | undefined;
  /** Where `inStock` looks; anywhere when left out. */
  storeId?: string | undefined;
  inStock?: boolean | undefined;
  featured?: boolean | undefined;
  active?: boolean | undefined;
  /** Whether inactive products, and those of inactive categories, are among them. */
  inactive: boolean;
}

/** Words, as a person types them (stems are matched), or words with the alternatives that one of them may mean. */
export type Words = { typed: string } | { typed: string; corrected: string[][] };

export interface Statement {
  sql: string;
  bind: unknown[];
}

/** Collects parameters and gives out their places: `$1`, `$2`, … */
export class Parameters {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** Conditions on `p` (products) and `c` (their categories). */
export function conditionsOf(filter: ProductFilter, parameters: Parameters): string[] {
  const { words, categoryId, category, minPrice, maxPrice, featured, active, inStock } = filter;
  const conditions = ["p.deleted_at IS NULL"];
  if (!filter.inactive) conditions.push("p.active AND c.active");
  if (words !== undefined) conditions.push(`p.words @@ ${queryOf(words, parameters)}`);
  if (categoryId !== undefined) conditions.push(`p.category_id = ${parameters.add(categoryId)}::uuid`);
  if (category !== undefined) {
    // As a value that is found first: the indexes of one category's products can be used for it.
    conditions.push(
      `p.category_id = (SELECT id FROM catalog.categories WHERE lower(name) = lower(${parameters.add(category)}::text))`,
    );
  }
  if (minPrice !== undefined) conditions.push(`p.price >= ${parameters.add(minPrice)}::bigint`);
  if (maxPrice !== undefined) conditions.push(`p.price <= ${parameters.add(maxPrice)}::bigint`);
  if (featured !== undefined) conditions.push(featured ? "p.featured" : "NOT p.featured");
  if (active !== undefined) conditions.push(active ? "p.active" : "NOT p.active");
  if (inStock !== undefined) conditions.push(`${inStock ? "" : "NOT "}${inStockOf(filter, parameters)}`);
  return conditions;
}

function inStockOf({ storeId }: ProductFilter, parameters: Parameters): string {
  const there = storeId === undefined ? "" : ` AND s.store_id = ${parameters.add(storeId)}::uuid`;
  return `EXISTS (SELECT FROM inventory.stock s WHERE s.product_id = p.id AND s.quantity > 0${there})`;
}

/** The words as a tsquery. Every word must be there, in one of its alternatives. */
export function queryOf(words: Words, parameters: Parameters): string {
  if (!("corrected" in words)) return `websearch_to_tsquery('english', ${parameters.add(words.typed)}::text)`;
  const groups = words.corrected.map((alternatives) => {
    return `(${alternatives.map((word) => `plainto_tsquery('english', ${parameters.add(word)}::text)`).join(" || ")})`;
  });
  return `(${groups.join(" && ")})`;
}

export const FROM = "FROM catalog.products p JOIN catalog.categories c ON c.id = p.category_id";
