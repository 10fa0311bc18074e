/**
 * The SQL that counts what a search finds, bounded: exact up to MAX_COUNTED, beyond it an estimate. No I/O here.
 *
 * The planner's estimate costs a millisecond at any size, counting to ten thousand up to fifty. So where one condition
 * alone decides, which the planner knows the frequency of, and by far more than ten thousand match, nothing is counted.
 */
import { conditionsOf, FROM, Parameters, type ProductFilter, type Statement } from "./product-filter.ts";

/** What the contract calls exact. */
export const MAX_COUNTED = 10_000;

/** The planner is off by a few percent on one common condition; beyond this many times MAX_COUNTED that is no matter. */
const FAR_MORE = 5;
/** Tells shares of categories to a few percent. */
const SAMPLE = 1_000;

/** One word, or one other condition, or none: not a combination, whose parts the planner takes for independent. */
export function isPredictable({
  words,
  categoryId,
  category,
  minPrice,
  maxPrice,
  inStock,
  featured,
  active,
}: ProductFilter): boolean {
  const conditions = [words, categoryId, category, minPrice, maxPrice, inStock, featured, active].filter(
    (one) => one !== undefined,
  );
  if (inStock !== undefined || conditions.length > 1) return false;
  if (words === undefined) return true;
  return "corrected" in words
    ? words.corrected.length === 1 && words.corrected[0]?.length === 1
    : /^\p{L}+$/u.test(words.typed);
}

export function isFarMore(estimate: number): boolean {
  return estimate > FAR_MORE * MAX_COUNTED;
}

/** The categories of the first MAX_COUNTED + 1 matches; one more than is exact says that there are more. */
export function facetStatement(filter: ProductFilter): Statement {
  return categoriesOf(filter, `LIMIT ${MAX_COUNTED + 1}`);
}

/** The categories of the newest matches, where they stand for all. */
export function sampleStatement(filter: ProductFilter): Statement {
  return categoriesOf(filter, `ORDER BY p.id DESC LIMIT ${SAMPLE}`);
}

function categoriesOf(filter: ProductFilter, which: string): Statement {
  const parameters = new Parameters();
  const sql = `
    WITH found AS MATERIALIZED (
      SELECT p.category_id ${FROM} WHERE ${conditionsOf(filter, parameters).join(" AND ")} ${which}
    )
    SELECT c.id AS category_id, c.name AS category, f.count
    FROM (SELECT category_id, count(*) AS count FROM found GROUP BY category_id) f JOIN catalog.categories c ON c.id = f.category_id
    ORDER BY f.count DESC, c.name`;
  return { sql, bind: parameters.values };
}

export function estimateStatement(filter: ProductFilter): Statement {
  const parameters = new Parameters();
  const sql = `EXPLAIN (FORMAT JSON) SELECT ${FROM} WHERE ${conditionsOf(filter, parameters).join(" AND ")}`;
  return { sql, bind: parameters.values };
}

export interface Facet {
  categoryId: string;
  category: string;
  count: number;
}

export interface Count {
  total: number;
  isEstimate: boolean;
  /** Most first. Estimates where the total is one. */
  facets: Facet[];
}

/** @param facets of some of what matches. @param estimate of how many match in all */
export function scaled(facets: Facet[], estimate: number): Count {
  const counted = sumOf(facets);
  const total = Math.max(Math.round(estimate), counted);
  return {
    total,
    isEstimate: true,
    facets: facets.map((facet) => ({ ...facet, count: Math.round((facet.count * total) / counted) })),
  };
}

export function sumOf(facets: Facet[]): number {
  return facets.reduce((sum, { count }) => sum + count, 0);
}
