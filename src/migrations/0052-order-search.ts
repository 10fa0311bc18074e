/**
 * What orders are found by beside their ids, in a table of its own that a consumer of the outbox writes: placing an
 * order pays nothing for it. Orders that exist get their rows from the worker, newest first, down to `from_id`.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TABLE orders.search (
      store_id uuid NOT NULL,
      order_id uuid NOT NULL,
      terms tsvector NOT NULL,
      PRIMARY KEY (store_id, order_id)
    );
    CREATE INDEX search_terms ON orders.search USING gin (terms);
    COMMENT ON COLUMN orders.search.terms IS 'each begins with a sign of what it is: # end of the id, @ e-mail, = SKU, ~ word of the name';

    -- Goes with the consumer's cursor: whoever begins with a new one has missed events, and walks through all orders again.
    CREATE TABLE orders.search_progress (
      consumer text PRIMARY KEY REFERENCES orders.relay_cursor ON DELETE CASCADE,
      from_id uuid NOT NULL DEFAULT 'ffffffff-ffff-ffff-ffff-ffffffffffff'
    );
    COMMENT ON COLUMN orders.search_progress.from_id IS 'orders from this id on have rows in orders.search; all zeros: all have';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP TABLE orders.search, orders.search_progress");
};
