/** Finds carts that nobody touched for long; made while customers go on using theirs. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const withoutTransaction = true;

export const up: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS carts.carts_updated_at");
  await database.query("CREATE INDEX CONCURRENTLY carts_updated_at ON carts.carts (updated_at)");
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX carts.carts_updated_at");
};
