/**
 * Schema `audit`: who changed what. Rows are only ever added; a trigger refuses the rest to the owner too.
 *
 * An id is a UUIDv7 and tells when it happened. Actors and objects are no foreign keys: the log outlives what it speaks of.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE SCHEMA audit;

    CREATE TABLE audit.events (
      id uuid PRIMARY KEY,
      actor_id uuid NOT NULL,
      actor_role text NOT NULL,
      actor_name text NOT NULL,
      rpc text NOT NULL,
      object_type text NOT NULL,
      object_id text NOT NULL,
      old_etag text NOT NULL,
      new_etag text NOT NULL,
      request_id text NOT NULL,
      address text NOT NULL
    );
    CREATE INDEX events_actor ON audit.events (actor_id, id);
    CREATE INDEX events_object ON audit.events (object_id, id);
    CREATE INDEX events_type ON audit.events (object_type, id);
    CREATE INDEX events_rpc ON audit.events (rpc, id);

    CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'audit.events is append-only';
    END $$;
    CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.events
      FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP SCHEMA audit CASCADE");
};
