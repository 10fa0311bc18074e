/** An index of the orders that are on hold, by their user: how many a customer has open is asked with each new one. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const withoutTransaction = true;

export const up: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS orders.orders_open_holds");
  await database.query(
    "CREATE INDEX CONCURRENTLY orders_open_holds ON orders.orders (user_id) WHERE status = 'PENDING'",
  );
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX orders.orders_open_holds");
};
