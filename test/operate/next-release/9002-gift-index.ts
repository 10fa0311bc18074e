/** An index over a table of everybody's, made while they write. */
import type { Migration } from "../../../src/platform/database/schema/migrate.ts";

export const withoutTransaction = true;

export const up: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS orders.orders_gift_note");
  await database.query(
    "CREATE INDEX CONCURRENTLY orders_gift_note ON orders.orders (store_id, id) WHERE gift_note <> ''",
  );
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX orders.orders_gift_note");
};
