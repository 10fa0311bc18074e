/** How PostgreSQL says that another product has the SKU. */
import { brokenUniqueConstraint } from "../../platform/errors/database-errors.ts";

/** By any case, and by exact text: the latter goes when no release before 0051 serves any more. */
const INDEXES = new Set(["products_sku_any_case", "products_sku"]);

export function breaksUniqueSku(error: unknown): boolean {
  return INDEXES.has(brokenUniqueConstraint(error) ?? "");
}
