/**
 * Schema `inventory`: stores, their stock, and the ledger of everything that changed it.
 *
 * Keys begin with store_id, so that a store's rows can live on one shard. `quantity` is what can be sold now,
 * `reserved` what holds keep; the CHECK constraints stand behind every rule of the code. Half of each stock page
 * stays free, so that an update finds room beside its row and touches no index (HOT).
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA inventory;

    CREATE TABLE inventory.stores (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      address text NOT NULL DEFAULT '',
      phone text NOT NULL DEFAULT '',
      low_stock_threshold integer NOT NULL DEFAULT 0 CONSTRAINT stores_low_stock_threshold CHECK (low_stock_threshold >= 0),
      active boolean NOT NULL DEFAULT true,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE UNIQUE INDEX stores_name ON inventory.stores (lower(name));

    CREATE TABLE inventory.stock (
      store_id uuid NOT NULL REFERENCES inventory.stores,
      product_id uuid NOT NULL REFERENCES catalog.products,
      quantity bigint NOT NULL CONSTRAINT stock_quantity_never_negative CHECK (quantity >= 0),
      reserved bigint NOT NULL DEFAULT 0 CONSTRAINT stock_reserved_never_negative CHECK (reserved >= 0),
      updated_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (store_id, product_id)
    ) WITH (fillfactor = 50);
    CREATE INDEX stock_product ON inventory.stock (product_id);

    CREATE TABLE inventory.movements (
      store_id uuid NOT NULL REFERENCES inventory.stores,
      id uuid NOT NULL,
      product_id uuid NOT NULL REFERENCES catalog.products,
      kind text NOT NULL CONSTRAINT movements_kind CHECK (
        kind IN ('RECEIPT', 'ADJUSTMENT', 'TRANSFER', 'SALE', 'HOLD', 'RELEASE', 'CANCELLATION')
      ),
      delta bigint NOT NULL,
      reserved_delta bigint NOT NULL DEFAULT 0,
      order_id uuid,
      reason text NOT NULL DEFAULT '',
      actor_id uuid,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (store_id, id),
      CONSTRAINT movements_change_something CHECK (delta <> 0 OR reserved_delta <> 0)
    );
    CREATE INDEX movements_product ON inventory.movements (store_id, product_id, id);
    COMMENT ON TABLE inventory.movements IS 'append-only: the sum of delta is stock.quantity, that of reserved_delta stock.reserved';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA inventory CASCADE");
};
