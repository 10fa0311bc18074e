/**
 * Schema `email`: what became of each e-mail, and the relay's cursor for them.
 *
 * A row stands for an event that deserves an e-mail, from the moment it is handed to Redis. Redis may forget a job;
 * what is neither sent nor given up here is handed over again.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA email;

    CREATE TABLE email.deliveries (
      store_id uuid NOT NULL,
      order_id uuid NOT NULL,
      sequence integer NOT NULL,
      type text NOT NULL,
      attempts integer NOT NULL DEFAULT 0,
      -- One worker at a time: whoever sends holds it until then, also when it dies.
      claimed_until timestamptz,
      sent_at timestamptz,
      given_up_at timestamptz,
      last_error text,
      created_at timestamptz NOT NULL DEFAULT now(),
      handed_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (store_id, order_id, sequence),
      CONSTRAINT deliveries_one_end CHECK (sent_at IS NULL OR given_up_at IS NULL)
    );
    CREATE INDEX deliveries_open ON email.deliveries (handed_at) WHERE sent_at IS NULL AND given_up_at IS NULL;

    INSERT INTO orders.relay_cursor (name) VALUES ('email');
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA email CASCADE; DELETE FROM orders.relay_cursor WHERE name = 'email'");
};
