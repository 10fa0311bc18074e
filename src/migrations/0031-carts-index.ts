/** Carts have no index by time: every change of a cart wrote it, for one question an hour that reads the carts through instead. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const withoutTransaction = true;

export const up: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS carts.carts_updated_at");
};

export const down: Migration = async ({ context: database }) => {
  await database.query("CREATE INDEX CONCURRENTLY IF NOT EXISTS carts_updated_at ON carts.carts (updated_at)");
};
