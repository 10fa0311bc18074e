/** A migration as the release after this one might bring: it needs the tables of every order for a moment. */
import type { Migration } from "../../../src/platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE inventory.stock ADD COLUMN shelf text NOT NULL DEFAULT '';
    ALTER TABLE orders.orders ADD COLUMN gift_note text NOT NULL DEFAULT '';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(
    "ALTER TABLE orders.orders DROP COLUMN gift_note; ALTER TABLE inventory.stock DROP COLUMN shelf",
  );
};
