/**
 * An index by which SKUs are unique whatever their case, folded as codes, logins and names of stores are.
 *
 * `products_sku`, by exact text, stays for the release before: its import names that index's column in ON CONFLICT, and
 * its API knows SKU_TAKEN by that name. What differs in case only it refuses as INTERNAL, by the new index.
 */
import { brokenUniqueConstraint } from "../platform/errors/database-errors.ts";
import type { Migration } from "../platform/database/schema/migrate.ts";
import { requireSkusOnce } from "./0050-names-once.ts";

export const withoutTransaction = true;

const DROP = "DROP INDEX CONCURRENTLY IF EXISTS catalog.products_sku_any_case";

export const up: Migration = async ({ name, context: database }) => {
  await database.query(DROP);
  try {
    await database.query(
      "CREATE UNIQUE INDEX CONCURRENTLY products_sku_any_case ON catalog.products (lower(sku)) WHERE deleted_at IS NULL",
    );
  } catch (error) {
    // Half-built, it would go on refusing what the release before may write.
    await database.query(DROP);
    // That release may have made a double since the step before this one.
    if (brokenUniqueConstraint(error) !== undefined) await requireSkusOnce(name, database);
    throw error;
  }
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX catalog.products_sku_any_case");
};
