/** What scheduled work keeps: when each job last ran and how it went, what was purged, and which shortages are known. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TABLE platform.jobs (
      name text PRIMARY KEY,
      last_start timestamptz NOT NULL,
      -- Before last_start: it runs, or died.
      last_end timestamptz,
      last_success timestamptz,
      -- Null: the last run went well.
      last_error text,
      runs bigint NOT NULL DEFAULT 1,
      failures bigint NOT NULL DEFAULT 0,
      -- Pieces of work in all runs.
      pieces bigint NOT NULL DEFAULT 0
    );

    CREATE TABLE orders.outbox_purge (
      single boolean PRIMARY KEY DEFAULT true CONSTRAINT outbox_purge_single CHECK (single),
      position bigint NOT NULL
    );
    INSERT INTO orders.outbox_purge (position) VALUES (0);
    COMMENT ON TABLE orders.outbox_purge IS 'events up to this position are gone';

    CREATE TABLE inventory.shortages (
      store_id uuid NOT NULL,
      product_id uuid NOT NULL,
      noticed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (store_id, product_id)
    );
    COMMENT ON TABLE inventory.shortages IS 'what admins were told of, for as long as it is below the threshold';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP TABLE inventory.shortages, orders.outbox_purge, platform.jobs");
};
