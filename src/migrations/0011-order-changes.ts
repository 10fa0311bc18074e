/**
 * What orders need to change after they are placed, and a ledger that only grows.
 *
 * The ledger outlives its store: no foreign key, so that a store that was emptied can go while its history stays. Its
 * kinds fix their signs, and PostgreSQL itself refuses to change or remove a movement.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE orders.orders
      ADD COLUMN cancel_reason text,
      ADD CONSTRAINT orders_cancel_reason CHECK (
        cancel_reason IS NULL OR (status = 'CANCELLED' AND cancel_reason IN ('REQUESTED', 'HOLD_EXPIRED'))
      ),
      ADD CONSTRAINT orders_holds_end CHECK (status <> 'PENDING' OR hold_expires_at IS NOT NULL);
    CREATE INDEX orders_status ON orders.orders (store_id, status, id);
    CREATE INDEX orders_expiring ON orders.orders (hold_expires_at) WHERE status = 'PENDING';

    ALTER TABLE inventory.movements
      DROP CONSTRAINT movements_store_id_fkey,
      ADD CONSTRAINT movements_signs CHECK (
        CASE kind
          WHEN 'RECEIPT' THEN delta > 0 AND reserved_delta = 0
          WHEN 'ADJUSTMENT' THEN reserved_delta = 0
          WHEN 'TRANSFER' THEN reserved_delta = 0
          WHEN 'SALE' THEN order_id IS NOT NULL AND delta <= 0 AND reserved_delta <= 0 AND (delta = 0 OR reserved_delta = 0)
          WHEN 'HOLD' THEN order_id IS NOT NULL AND delta < 0 AND reserved_delta = -delta
          WHEN 'RELEASE' THEN order_id IS NOT NULL AND delta > 0 AND reserved_delta = -delta
          WHEN 'CANCELLATION' THEN order_id IS NOT NULL AND delta > 0 AND reserved_delta = 0
        END
      );
    CREATE INDEX movements_order ON inventory.movements (order_id) WHERE order_id IS NOT NULL;
    -- Sales are most of the ledger: whoever asks for them finds some on every page of it, the others need an index.
    CREATE INDEX movements_kind ON inventory.movements (store_id, kind, id) WHERE kind <> 'SALE';

    CREATE FUNCTION inventory.refuse_to_rewrite_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'inventory.movements is append-only: write a movement that corrects instead';
      END $$;
    CREATE TRIGGER movements_append_only BEFORE UPDATE OR DELETE ON inventory.movements
      FOR EACH STATEMENT EXECUTE FUNCTION inventory.refuse_to_rewrite_ledger();
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DROP TRIGGER movements_append_only ON inventory.movements;
    DROP FUNCTION inventory.refuse_to_rewrite_ledger();
    DROP INDEX inventory.movements_kind, inventory.movements_order;
    ALTER TABLE inventory.movements
      DROP CONSTRAINT movements_signs,
      ADD CONSTRAINT movements_store_id_fkey FOREIGN KEY (store_id) REFERENCES inventory.stores NOT VALID;
    DROP INDEX orders.orders_expiring, orders.orders_status;
    ALTER TABLE orders.orders
      DROP CONSTRAINT orders_holds_end, DROP CONSTRAINT orders_cancel_reason, DROP COLUMN cancel_reason;
  `);
};
