/** Finds the successors of a refresh token; made while everybody goes on refreshing. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const withoutTransaction = true;

export const up: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS identity.refresh_tokens_parent");
  await database.query(
    "CREATE INDEX CONCURRENTLY refresh_tokens_parent ON identity.refresh_tokens (parent) WHERE parent IS NOT NULL",
  );
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX identity.refresh_tokens_parent");
};
