/**
 * The history that the database stands in: a random id, and the timeline and the place on which it was begun.
 *
 * Versions and positions count on from where a server was when it was promoted or restored, and so come twice when that
 * lost what followed. src/platform/database/history.ts says how the id keeps them apart.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

/** Raised by each promotion, and by each recovery to a moment. */
const TIMELINE = "left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TABLE platform.history (
      only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT history_only_row CHECK (only_row),
      id uuid NOT NULL,
      timeline text NOT NULL,
      place text NOT NULL
    );

    -- Made anew by a restore from a dump: the cluster, where that may be asked, the database, or at least this table.
    CREATE FUNCTION platform.place() RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      cluster bigint;
    BEGIN
      IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
        SELECT system_identifier INTO cluster FROM pg_control_system();
      END IF;
      RETURN concat_ws('/', cluster, (SELECT oid FROM pg_database WHERE datname = current_database()), 'platform.history'::regclass::oid);
    END $$;

    CREATE FUNCTION platform.begin_history() RETURNS void LANGUAGE sql AS $$
      UPDATE platform.history SET id = gen_random_uuid(), timeline = ${TIMELINE}, place = platform.place()
    $$;
    INSERT INTO platform.history (id, timeline, place) VALUES (gen_random_uuid(), ${TIMELINE}, platform.place());

    -- Whoever sets the outbox back by hand begins another history too.
    CREATE FUNCTION orders.outbox_set_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM platform.begin_history();
      RETURN NULL;
    END $$;
    CREATE TRIGGER outbox_set_back AFTER UPDATE ON orders.relay_cursor
      FOR EACH ROW WHEN (NEW.name = 'outbox' AND NEW.position < OLD.position) EXECUTE FUNCTION orders.outbox_set_back();

    -- By chance, so that a number that was taken back by hand does not come again.
    CREATE OR REPLACE FUNCTION catalog.changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE catalog.versions SET value = value + 1 + floor(random() * 1000000)::bigint WHERE shard = pg_backend_pid() % 16;
      RETURN NULL;
    END $$;
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE OR REPLACE FUNCTION catalog.changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE catalog.versions SET value = value + 1 WHERE shard = pg_backend_pid() % 16;
      RETURN NULL;
    END $$;
    DROP TRIGGER outbox_set_back ON orders.relay_cursor;
    DROP FUNCTION orders.outbox_set_back, platform.begin_history, platform.place;
    DROP TABLE platform.history;
  `);
};
