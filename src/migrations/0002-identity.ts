/** Schema `identity`: users, the keys that sign access tokens, refresh tokens. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA identity;

    CREATE TABLE identity.users (
      id uuid PRIMARY KEY,
      email text NOT NULL,
      username text NOT NULL,
      first_name text NOT NULL DEFAULT '',
      last_name text NOT NULL DEFAULT '',
      phone text NOT NULL DEFAULT '',
      address text NOT NULL DEFAULT '',
      birth_date date,
      role text NOT NULL DEFAULT 'CUSTOMER' CONSTRAINT users_role CHECK (role IN ('CUSTOMER', 'ADMIN')),
      disabled boolean NOT NULL DEFAULT false,
      password_hash text NOT NULL,
      version integer NOT NULL DEFAULT 1,
      created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    );
    -- Unique whatever the case; sign-in looks up by these too.
    CREATE UNIQUE INDEX users_email ON identity.users (lower(email));
    CREATE UNIQUE INDEX users_username ON identity.users (lower(username));

    CREATE TABLE identity.signing_keys (
      kid text PRIMARY KEY,
      private_key text NOT NULL,
      public_jwk jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    );

    CREATE TABLE identity.refresh_tokens (
      hash bytea PRIMARY KEY,
      family uuid NOT NULL,
      user_id uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
      expires_at timestamptz NOT NULL,
      used_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX refresh_tokens_user ON identity.refresh_tokens (user_id);
    CREATE INDEX refresh_tokens_family ON identity.refresh_tokens (family);
    CREATE INDEX refresh_tokens_expires_at ON identity.refresh_tokens (expires_at);
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA identity CASCADE");
};
