/**
 * The ledger is not emptied either: TRUNCATE, which fires no trigger of rows, is refused as UPDATE and DELETE are.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TRIGGER movements_not_emptied BEFORE TRUNCATE ON inventory.movements
      FOR EACH STATEMENT EXECUTE FUNCTION inventory.refuse_to_rewrite_ledger();
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP TRIGGER movements_not_emptied ON inventory.movements");
};
