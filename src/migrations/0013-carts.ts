/**
 * Schema `carts`, and promotions that can be described and deleted.
 *
 * A cart's row is what every change of the cart locks, so that two phones take turns; its lines point at products,
 * which keep their rows when they are deleted. A deleted promotion keeps its row too, since orders point at it and a
 * cancelled order gives its use back; its code becomes free again.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA carts;

    CREATE TABLE carts.carts (
      user_id uuid PRIMARY KEY,
      updated_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE carts.items (
      user_id uuid NOT NULL REFERENCES carts.carts ON DELETE CASCADE,
      product_id uuid NOT NULL REFERENCES catalog.products,
      quantity integer NOT NULL CONSTRAINT items_quantity CHECK (quantity BETWEEN 1 AND 1000000),
      added_price bigint NOT NULL,
      -- Not now(), when its transaction began: taken under the cart's lock, so that it tells the order of the lines.
      added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (user_id, product_id)
    );
    COMMENT ON COLUMN carts.items.added_price IS 'in minor units of the installation''s currency';

    ALTER TABLE orders.promotions
      ADD COLUMN description text NOT NULL DEFAULT '',
      ADD COLUMN deleted_at timestamptz,
      ADD CONSTRAINT promotions_period CHECK (start_at < end_at);
    DROP INDEX orders.promotions_code;
    CREATE UNIQUE INDEX promotions_code ON orders.promotions (lower(code)) WHERE deleted_at IS NULL;
    CREATE INDEX promotions_active ON orders.promotions (active, id) WHERE deleted_at IS NULL;
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DROP SCHEMA carts CASCADE;
    DROP INDEX orders.promotions_active, orders.promotions_code;
    -- A code that was deleted and made anew is there twice, and the index below allows it once.
    UPDATE orders.promotions SET code = code || ' ' || id, active = false WHERE deleted_at IS NOT NULL;
    CREATE UNIQUE INDEX promotions_code ON orders.promotions (lower(code));
    ALTER TABLE orders.promotions DROP CONSTRAINT promotions_period, DROP COLUMN deleted_at, DROP COLUMN description;
  `);
};
