/**
 * What was sold, summed up by differences: each event of an order adds what it changes, so that no day is read twice.
 *
 * `summed.from_id` is the oldest order that is in the sums; those before it are added piece by piece, the newest first.
 * The cursor `sales` says up to which event the sums have come. New tables beside those of 0028, because the release
 * before writes whole days into those while both run.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TABLE analytics.summed (
      only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT summed_only_row CHECK (only_row),
      from_id uuid NOT NULL DEFAULT 'ffffffff-ffff-ffff-ffff-ffffffffffff'
    );
    INSERT INTO analytics.summed DEFAULT VALUES;
    COMMENT ON COLUMN analytics.summed.from_id IS 'the orders from this id on are in the sums';

    CREATE TABLE analytics.sales_of_quarters (
      scope uuid NOT NULL,
      start_at timestamptz NOT NULL,
      confirmed bigint NOT NULL,
      rejected bigint NOT NULL,
      revenue bigint NOT NULL,
      PRIMARY KEY (scope, start_at)
    );

    CREATE TABLE analytics.products_of_days (
      scope uuid NOT NULL,
      start_at timestamptz NOT NULL,
      product_id uuid NOT NULL,
      quantity bigint NOT NULL,
      revenue bigint NOT NULL,
      last_order_id uuid NOT NULL,
      PRIMARY KEY (scope, start_at, product_id)
    );

    COMMENT ON TABLE analytics.progress IS 'of the release before, as are sales and products: they go with the next one';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    COMMENT ON TABLE analytics.progress IS NULL;
    DROP TABLE analytics.summed, analytics.sales_of_quarters, analytics.products_of_days;
    DELETE FROM orders.relay_cursor WHERE name = 'sales';
  `);
};
