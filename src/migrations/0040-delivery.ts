/**
 * What the delivery engine keeps of e-mails and webhooks alike: when each is due, how often it was tried since it was
 * made or put back, since when, and how many workers in a row died over it; and what went to unverified addresses.
 *
 * An e-mail that the release before writes is due at once, as it expects.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE email.deliveries
      ADD COLUMN tries integer NOT NULL DEFAULT 0,
      ADD COLUMN lost integer NOT NULL DEFAULT 0,
      ADD COLUMN first_attempt_at timestamptz,
      ADD COLUMN next_attempt_at timestamptz NOT NULL DEFAULT now(),
      -- It counts among the mails of a day to an address that nobody has verified.
      ADD COLUMN admitted boolean NOT NULL DEFAULT false,
      -- It was one too many of those: it ended by given_up_at, and is no dead letter.
      ADD COLUMN suppressed boolean NOT NULL DEFAULT false;
    COMMENT ON COLUMN email.deliveries.tries IS 'attempts since it was made or put back';
    COMMENT ON COLUMN email.deliveries.lost IS 'attempts in a row whose workers died over them';
    COMMENT ON COLUMN email.deliveries.first_attempt_at IS 'the first of its tries';

    ALTER TABLE webhooks.deliveries
      ADD COLUMN lost integer NOT NULL DEFAULT 0,
      ADD COLUMN first_attempt_at timestamptz;

    CREATE TABLE email.unverified (
      -- SHA-256 of the address in lower case.
      address bytea PRIMARY KEY,
      -- The last ones, oldest first.
      sent_at timestamptz[] NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    COMMENT ON TABLE email.unverified IS 'when mails that are bounded went to an address that nobody has verified';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DROP TABLE email.unverified;
    ALTER TABLE webhooks.deliveries DROP COLUMN lost, DROP COLUMN first_attempt_at;
    ALTER TABLE email.deliveries
      DROP COLUMN tries, DROP COLUMN lost, DROP COLUMN first_attempt_at, DROP COLUMN next_attempt_at,
      DROP COLUMN admitted, DROP COLUMN suppressed;
  `);
};
