/** Where accounts signed in lately, and when an account's owner was last told that somebody guesses at its password. */
import { randomBytes } from "node:crypto";
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TABLE identity.known_addresses (
      user_id uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
      -- Of an address, and the account's alone; by keys of which one is not in here.
      mark bytea NOT NULL,
      signed_in_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (user_id, mark)
    ) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
    CREATE INDEX known_addresses_signed_in_at ON identity.known_addresses (signed_in_at);
    ALTER TABLE identity.users ADD COLUMN guesses_told_at timestamptz;
  `);
  await database.query("INSERT INTO platform.secrets (name, value) VALUES ('known-addresses', $1)", {
    bind: [randomBytes(32)],
  });
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE identity.users DROP COLUMN guesses_told_at;
    DROP TABLE identity.known_addresses;
    DELETE FROM platform.secrets WHERE name = 'known-addresses';
  `);
};
