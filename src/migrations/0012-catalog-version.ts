/**
 * The version of the catalog: a number that every committed change of products or categories raises.
 *
 * Whoever keeps answers compares it, so that no change is missed, whichever program made it; hence triggers. The number
 * is a sum of sixteen, so that two writers rarely wait for the same row; a sequence would not do, because it counts
 * before the commit.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE TABLE catalog.versions (
      shard integer PRIMARY KEY,
      value bigint NOT NULL DEFAULT 0
    ) WITH (fillfactor = 10);
    INSERT INTO catalog.versions (shard) SELECT generate_series(0, 15);
    COMMENT ON TABLE catalog.versions IS 'the sum of value is the version of the catalog';

    CREATE FUNCTION catalog.changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE catalog.versions SET value = value + 1 WHERE shard = pg_backend_pid() % 16;
      RETURN NULL;
    END $$;
    CREATE TRIGGER product_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON catalog.products
      FOR EACH STATEMENT EXECUTE FUNCTION catalog.changed();
    CREATE TRIGGER category_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON catalog.categories
      FOR EACH STATEMENT EXECUTE FUNCTION catalog.changed();
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DROP TRIGGER product_version ON catalog.products;
    DROP TRIGGER category_version ON catalog.categories;
    DROP FUNCTION catalog.changed;
    DROP TABLE catalog.versions;
  `);
};
