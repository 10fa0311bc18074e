/**
 * Knows of each refresh token which one it came from: a lost answer is given again, and several successors of one token
 * serve until one of them is used.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    -- Null: the first of its session, or made by a release that did not ask.
    ALTER TABLE identity.refresh_tokens ADD COLUMN parent bytea;
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("ALTER TABLE identity.refresh_tokens DROP COLUMN parent");
};
