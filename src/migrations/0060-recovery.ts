/**
 * Getting back in: who asked for a reset, the tokens that are out, whether an address is verified and which one is to
 * replace it; and, with each mail, a token that is on its way and the address where it is not the account's.
 *
 * Accounts that exist are unverified.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE identity.users
      ADD COLUMN email_verified boolean NOT NULL DEFAULT false,
      ADD COLUMN pending_email text NOT NULL DEFAULT '';

    CREATE TABLE identity.account_tokens (
      user_id uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
      purpose text NOT NULL CHECK (purpose IN ('RESET', 'VERIFY')),
      hash bytea NOT NULL UNIQUE,
      email text NOT NULL,
      generation integer NOT NULL,
      expires_at timestamptz NOT NULL,
      PRIMARY KEY (user_id, purpose)
    ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    CREATE INDEX account_tokens_expires_at ON identity.account_tokens (expires_at);
    COMMENT ON TABLE identity.account_tokens IS 'the newest token of a mail for each account and purpose, by its SHA-256';
    COMMENT ON COLUMN identity.account_tokens.email IS 'where it was sent: void when the account has another address';
    COMMENT ON COLUMN identity.account_tokens.generation IS 'the account''s then: a new password voids it';

    CREATE TABLE identity.reset_requests (
      -- SHA-256 of the address in lower case.
      mailbox bytea PRIMARY KEY,
      -- The last ones, oldest first.
      asked_at timestamptz[] NOT NULL,
      email text,
      request_id text
    ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    CREATE INDEX reset_requests_due ON identity.reset_requests (mailbox) WHERE email IS NOT NULL;
    COMMENT ON TABLE identity.reset_requests IS 'who asked for a new password, whether or not there is an account';
    COMMENT ON COLUMN identity.reset_requests.email IS 'until a worker has looked whose it is';

    ALTER TABLE email.deliveries ADD COLUMN recipient text, ADD COLUMN token text, ADD COLUMN token_ends_at timestamptz;
    COMMENT ON COLUMN email.deliveries.recipient IS 'the address, where it is not the account''s; until the mail is sent';
    COMMENT ON COLUMN email.deliveries.token IS 'encrypted; until the mail is sent or given up';
    COMMENT ON COLUMN email.deliveries.token_ends_at IS 'of a mail with a token: later there is nothing to send';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE email.deliveries DROP COLUMN recipient, DROP COLUMN token, DROP COLUMN token_ends_at;
    DROP TABLE identity.reset_requests;
    DROP TABLE identity.account_tokens;
    ALTER TABLE identity.users DROP COLUMN email_verified, DROP COLUMN pending_email;
  `);
};
