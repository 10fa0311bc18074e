/**
 * Schema `webhooks`: where other systems want to be told of orders, and what each was told.
 *
 * A delivery is the outbox of one message to one webhook. It refers to its webhook without a foreign key: deleting a
 * webhook stops what is waiting at once, and the many rows that it leaves go by the purge.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA webhooks;

    CREATE TABLE webhooks.webhooks (
      id uuid PRIMARY KEY,
      url text NOT NULL,
      -- Empty: all.
      event_types text[] NOT NULL,
      description text NOT NULL,
      active boolean NOT NULL,
      secret text NOT NULL,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    COMMENT ON COLUMN webhooks.webhooks.secret IS 'whsec_…, encrypted when there is a KEY_ENCRYPTION_KEY';

    CREATE TABLE webhooks.deliveries (
      id uuid PRIMARY KEY DEFAULT uuidv7(),
      webhook_id uuid NOT NULL,
      event_type text NOT NULL,
      -- Null for a test.
      order_id uuid,
      -- Text, because it is signed as it is.
      payload text NOT NULL,
      status text NOT NULL DEFAULT 'PENDING'
        CONSTRAINT deliveries_status CHECK (status IN ('PENDING', 'SUCCEEDED', 'FAILED')),
      attempts integer NOT NULL DEFAULT 0,
      -- Attempts since it was made or last replayed.
      tries integer NOT NULL DEFAULT 0,
      next_attempt_at timestamptz DEFAULT now(),
      -- Until then a worker has it in hand, or died over it.
      leased_until timestamptz,
      last_attempt_at timestamptz,
      response_status integer NOT NULL DEFAULT 0,
      response_body text NOT NULL DEFAULT '',
      error text NOT NULL DEFAULT '',
      response_ms integer,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT deliveries_next_attempt CHECK ((status = 'PENDING') = (next_attempt_at IS NOT NULL))
    );
    CREATE INDEX deliveries_due ON webhooks.deliveries (webhook_id, next_attempt_at, id) WHERE status = 'PENDING';
    CREATE INDEX deliveries_webhook ON webhooks.deliveries (webhook_id, id);
    CREATE INDEX deliveries_open ON webhooks.deliveries (status, id) WHERE status <> 'SUCCEEDED';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA webhooks CASCADE");
};
