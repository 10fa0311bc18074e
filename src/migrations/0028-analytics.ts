/**
 * Schema `analytics`: what was sold on days that are over, summed up, so that a month is not read order by order.
 *
 * A row's scope is a store, or all zeros for all stores together; a sum over stores would read as many rows as there are
 * orders. Days are those of UTC, and their sales are kept by quarters of an hour, which every time zone's hours and days
 * begin with. Nothing here is written by an order: the hot tables get no index more.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA analytics;

    CREATE TABLE analytics.progress (
      only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT progress_only_row CHECK (only_row),
      summed_until date NOT NULL DEFAULT 'epoch'
    );
    INSERT INTO analytics.progress DEFAULT VALUES;
    COMMENT ON COLUMN analytics.progress.summed_until IS 'the days before this one are summed up';

    CREATE TABLE analytics.sales (
      scope uuid NOT NULL,
      start_at timestamptz NOT NULL,
      confirmed bigint NOT NULL,
      rejected bigint NOT NULL,
      revenue bigint NOT NULL,
      PRIMARY KEY (scope, start_at)
    );

    CREATE TABLE analytics.products (
      scope uuid NOT NULL,
      day date NOT NULL,
      product_id uuid NOT NULL,
      quantity bigint NOT NULL,
      revenue bigint NOT NULL,
      last_order_id uuid NOT NULL,
      PRIMARY KEY (scope, day, product_id)
    );
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA analytics CASCADE");
};
