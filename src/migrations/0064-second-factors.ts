/**
 * Second factors: the secret of an authenticator app, recovery codes, and sign-ins that wait for a code.
 *
 * `mfa_enabled` stands with the account, so that a sign-in without a second factor asks nothing more than before.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE identity.users ADD COLUMN mfa_enabled boolean NOT NULL DEFAULT false;
    CREATE TABLE identity.second_factors (
      user_id uuid PRIMARY KEY REFERENCES identity.users ON DELETE CASCADE,
      -- Base32, encrypted where the installation has a key for that.
      secret text NOT NULL,
      -- The newest 30 seconds of which a code was used: none serves twice.
      last_step bigint NOT NULL DEFAULT 0
    );
    -- Of a code that was not used yet, its SHA-256: it is random, so nothing slower is needed.
    CREATE TABLE identity.recovery_codes (
      user_id uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
      hash bytea NOT NULL,
      PRIMARY KEY (user_id, hash)
    );
    -- A right password whose code is still to come.
    CREATE TABLE identity.mfa_logins (
      hash bytea PRIMARY KEY,
      user_id uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
      token_generation integer NOT NULL,
      tries integer NOT NULL DEFAULT 0,
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX mfa_logins_expires_at ON identity.mfa_logins (expires_at);
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DROP TABLE identity.mfa_logins;
    DROP TABLE identity.recovery_codes;
    DROP TABLE identity.second_factors;
    ALTER TABLE identity.users DROP COLUMN mfa_enabled;
  `);
};
