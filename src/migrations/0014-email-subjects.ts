/**
 * E-mails that no order's event causes, an order of those about one order, and dead letters that can be tried again.
 *
 * A delivery has an id of its own; its subject is an order's event or a user. The row is the e-mail's outbox: whoever
 * causes an e-mail writes it in the transaction of the cause, and a worker queues what is not `handed_at` yet.
 *
 * Ids are made by uuidv7(), which PostgreSQL has from 18 on; an older one gets a function of that name, which every
 * later migration may use too.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(UUIDV7);
  await database.query(`
    ALTER TABLE email.deliveries
      ADD COLUMN id uuid NOT NULL DEFAULT uuidv7(),
      -- Whom it is for, where no order says it.
      ADD COLUMN user_id uuid,
      -- What the e-mail tells and cannot be read again later.
      ADD COLUMN details jsonb NOT NULL DEFAULT '{}',
      ADD COLUMN last_attempt_at timestamptz,
      -- When an admin put it back into the queue.
      ADD COLUMN retried_at timestamptz;
    ALTER TABLE email.deliveries DROP CONSTRAINT deliveries_pkey;
    ALTER TABLE email.deliveries
      ADD PRIMARY KEY (id),
      ADD CONSTRAINT deliveries_event UNIQUE (store_id, order_id, sequence),
      ALTER COLUMN store_id DROP NOT NULL,
      ALTER COLUMN order_id DROP NOT NULL,
      ALTER COLUMN sequence DROP NOT NULL,
      ALTER COLUMN handed_at DROP NOT NULL,
      ADD CONSTRAINT deliveries_one_subject CHECK (
        num_nonnulls(store_id, order_id, sequence) = CASE WHEN user_id IS NULL THEN 3 ELSE 0 END
      );
    COMMENT ON COLUMN email.deliveries.handed_at IS 'when it was handed to the queue, or last heard of; null: it waits for that';
    CREATE INDEX deliveries_waiting ON email.deliveries (created_at)
      WHERE handed_at IS NULL AND sent_at IS NULL AND given_up_at IS NULL;
    CREATE INDEX deliveries_user ON email.deliveries (user_id) WHERE user_id IS NOT NULL;
    CREATE INDEX deliveries_sent ON email.deliveries (sent_at) WHERE sent_at IS NOT NULL;
  `);
};

/**
 * The layout of PostgreSQL 18's own (RFC 9562, 6.2, method 3): 48 bits of milliseconds, 12 of their fraction, 62 random.
 * It gives its id back when the microsecond is over, so that the next one of this connection is greater.
 */
const UUIDV7 = `
  DO $do$ BEGIN
    IF to_regprocedure('uuidv7()') IS NOT NULL THEN RETURN; END IF;
    CREATE FUNCTION public.uuidv7() RETURNS uuid LANGUAGE plpgsql PARALLEL SAFE AS $$
    DECLARE
      taken timestamptz := clock_timestamp();
      micros bigint := extract(epoch FROM taken) * 1000000;
      -- 28672: version 7 in the upper four of sixteen bits.
      head bytea := substring(int8send(micros / 1000) FROM 3) || int2send((28672 + micros % 1000 * 4096 / 1000)::int2);
    BEGIN
      WHILE clock_timestamp() <= taken LOOP END LOOP;
      RETURN encode(overlay(uuid_send(gen_random_uuid()) PLACING head FROM 1 FOR 8), 'hex')::uuid;
    END $$;
  END $do$`;

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DELETE FROM email.deliveries WHERE user_id IS NOT NULL;
    DROP INDEX email.deliveries_waiting, email.deliveries_user, email.deliveries_sent;
    UPDATE email.deliveries SET handed_at = now() WHERE handed_at IS NULL;
    ALTER TABLE email.deliveries
      DROP CONSTRAINT deliveries_one_subject,
      DROP CONSTRAINT deliveries_event,
      DROP CONSTRAINT deliveries_pkey;
    ALTER TABLE email.deliveries
      ADD PRIMARY KEY (store_id, order_id, sequence),
      ALTER COLUMN handed_at SET NOT NULL,
      DROP COLUMN id, DROP COLUMN user_id, DROP COLUMN details, DROP COLUMN last_attempt_at, DROP COLUMN retried_at;
    DROP FUNCTION IF EXISTS public.uuidv7();
  `);
};
