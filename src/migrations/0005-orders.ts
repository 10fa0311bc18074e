/**
 * Schema `orders`: promotions, orders with their items, and the outbox of their events.
 *
 * Ids are UUIDv7, so "newest first" is the order of the primary key. An item keeps what the product was when it was
 * sold; nothing here changes when the catalog does. The arithmetic of totals is held by CHECK constraints.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA orders;

    CREATE TABLE orders.promotions (
      id uuid PRIMARY KEY,
      code text NOT NULL,
      fixed_amount bigint,
      percent numeric(5, 2),
      max_discount bigint,
      min_subtotal bigint NOT NULL DEFAULT 0,
      start_at timestamptz,
      end_at timestamptz,
      usage_limit integer,
      usage_limit_per_user integer,
      redeemed_count integer NOT NULL DEFAULT 0,
      active boolean NOT NULL DEFAULT true,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT promotions_one_kind CHECK ((fixed_amount IS NULL) <> (percent IS NULL)),
      CONSTRAINT promotions_fixed_amount CHECK (fixed_amount > 0),
      CONSTRAINT promotions_percent CHECK (percent > 0 AND percent <= 100),
      CONSTRAINT promotions_max_discount CHECK (max_discount IS NULL OR (max_discount > 0 AND percent IS NOT NULL)),
      CONSTRAINT promotions_limits CHECK (usage_limit > 0 AND usage_limit_per_user > 0),
      CONSTRAINT promotions_never_overspent CHECK (redeemed_count >= 0 AND redeemed_count <= usage_limit)
    );
    CREATE UNIQUE INDEX promotions_code ON orders.promotions (lower(code));

    CREATE TABLE orders.orders (
      store_id uuid NOT NULL REFERENCES inventory.stores,
      id uuid NOT NULL,
      user_id uuid NOT NULL,
      placed_by uuid NOT NULL,
      status text NOT NULL CONSTRAINT orders_status CHECK (
        status IN ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED')
      ),
      subtotal bigint NOT NULL,
      discount bigint NOT NULL DEFAULT 0,
      total bigint NOT NULL,
      total_items integer NOT NULL CONSTRAINT orders_total_items CHECK (total_items >= 0),
      promo_code text NOT NULL DEFAULT '',
      promotion_id uuid REFERENCES orders.promotions,
      hold_expires_at timestamptz,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (store_id, id),
      CONSTRAINT orders_total CHECK (total = subtotal - discount AND discount >= 0 AND total >= 0)
    );
    CREATE INDEX orders_id ON orders.orders (id);
    CREATE INDEX orders_user ON orders.orders (user_id, id);
    CREATE INDEX orders_placed_by ON orders.orders (placed_by, id) WHERE placed_by <> user_id;

    CREATE TABLE orders.items (
      store_id uuid NOT NULL,
      order_id uuid NOT NULL,
      line smallint NOT NULL,
      product_id uuid NOT NULL REFERENCES catalog.products,
      sku text NOT NULL,
      title text NOT NULL,
      quantity bigint NOT NULL CONSTRAINT items_quantity CHECK (quantity > 0),
      unit_price bigint NOT NULL,
      line_total bigint NOT NULL,
      discount bigint NOT NULL DEFAULT 0,
      -- What the store had when the order was rejected for want of it; null for a line that was not short.
      available bigint CONSTRAINT items_short CHECK (available < quantity),
      PRIMARY KEY (store_id, order_id, line),
      FOREIGN KEY (store_id, order_id) REFERENCES orders.orders,
      CONSTRAINT items_line_total CHECK (line_total = quantity * unit_price)
    );

    CREATE TABLE orders.redemptions (
      promotion_id uuid NOT NULL REFERENCES orders.promotions,
      user_id uuid NOT NULL,
      order_id uuid NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (promotion_id, user_id, order_id)
    );

    CREATE TABLE orders.outbox (
      store_id uuid NOT NULL,
      order_id uuid NOT NULL,
      sequence integer NOT NULL,
      type text NOT NULL,
      payload jsonb NOT NULL DEFAULT '{}',
      position bigint,
      -- Not now(), when its transaction began: written under the order's lock, so that it rises with the sequence.
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (store_id, order_id, sequence)
    );
    CREATE INDEX outbox_waiting ON orders.outbox (created_at) WHERE position IS NULL;
    CREATE UNIQUE INDEX outbox_position ON orders.outbox (position) WHERE position IS NOT NULL;
    COMMENT ON COLUMN orders.outbox.position IS 'given by the relay to committed rows, in the order in which they are handed on';

    CREATE TABLE orders.relay_cursor (
      name text PRIMARY KEY,
      position bigint NOT NULL DEFAULT 0
    );
    INSERT INTO orders.relay_cursor (name) VALUES ('outbox');
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA orders CASCADE");
};
