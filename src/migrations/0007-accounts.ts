/**
 * Schema `identity`, second part: sessions that end at once, deleted accounts, service keys, keys that rotate.
 *
 * A deleted account keeps its row, because orders point to it; e-mail and username are free again, hence the unique
 * indexes over those that are not deleted.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE EXTENSION IF NOT EXISTS pg_trgm;

    ALTER TABLE identity.users
      -- Raised by whatever voids the access tokens that were given out before.
      ADD COLUMN token_generation integer NOT NULL DEFAULT 1,
      ADD COLUMN deleted_at timestamptz;
    DROP INDEX identity.users_email;
    DROP INDEX identity.users_username;
    CREATE UNIQUE INDEX users_email ON identity.users (lower(email)) WHERE deleted_at IS NULL;
    CREATE UNIQUE INDEX users_username ON identity.users (lower(username)) WHERE deleted_at IS NULL;
    CREATE INDEX users_admins ON identity.users (id) WHERE role = 'ADMIN' AND deleted_at IS NULL;
    -- The line breaks keep a search from matching across fields; no query can hold one.
    CREATE INDEX users_search ON identity.users
      USING gin (lower(email || E'\\n' || username || E'\\n' || first_name || ' ' || last_name) gin_trgm_ops)
      WHERE deleted_at IS NULL;

    CREATE TABLE identity.service_keys (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      prefix text NOT NULL,
      secret_hash bytea NOT NULL CONSTRAINT service_keys_secret_hash UNIQUE,
      calls_per_second integer,
      creator_id uuid NOT NULL REFERENCES identity.users,
      created_at timestamptz NOT NULL DEFAULT now(),
      last_used_at timestamptz,
      revoked_at timestamptz
    );

    -- What ends before its time. Every API process asks for the new rows several times a second.
    CREATE TABLE identity.revocations (
      id uuid PRIMARY KEY,
      -- Orders rows by when they may become visible, which an id that is taken before the commit does not.
      xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
      -- A user, a session (its family of refresh tokens) or a service key.
      subject uuid NOT NULL,
      -- Access tokens of an older generation are void; null: all of the subject's.
      generation integer,
      -- The session that goes on all the same.
      spared uuid,
      -- By then every token that it could mean has ended by itself.
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX revocations_xact ON identity.revocations (xact);
    CREATE INDEX revocations_expires_at ON identity.revocations (expires_at);

    ALTER TABLE identity.signing_keys
      -- A new key is known to every process before it signs.
      ADD COLUMN signs_from timestamptz NOT NULL DEFAULT now(),
      -- Its last token was signed by then.
      ADD COLUMN retired_at timestamptz;
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE identity.signing_keys DROP COLUMN signs_from, DROP COLUMN retired_at;
    DROP TABLE identity.revocations;
    DROP TABLE identity.service_keys;
    DROP INDEX identity.users_search;
    DELETE FROM identity.users WHERE deleted_at IS NOT NULL;
    ALTER TABLE identity.users DROP COLUMN token_generation, DROP COLUMN deleted_at;
    CREATE UNIQUE INDEX users_email ON identity.users (lower(email));
    CREATE UNIQUE INDEX users_username ON identity.users (lower(username));
  `);
};
