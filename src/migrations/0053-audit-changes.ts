/**
 * What the audit log says of a change: what the thing was called, and what each field was before and after.
 *
 * The log's rows are never changed, and what they tell of a person must be forgotten with the account: so that part is
 * in a table of its own, from which rows may go.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    ALTER TABLE audit.events ADD COLUMN object_name text NOT NULL DEFAULT '', ADD COLUMN changes jsonb NOT NULL DEFAULT '[]';
    COMMENT ON COLUMN audit.events.changes IS 'a list: path, and old and new value or redacted or personal, which is in audit.personal_data';

    CREATE TABLE audit.personal_data (
      event_id uuid PRIMARY KEY,
      user_id uuid NOT NULL,
      object_name text NOT NULL,
      changes jsonb NOT NULL
    );
    CREATE INDEX personal_data_user ON audit.personal_data (user_id);
    COMMENT ON TABLE audit.personal_data IS 'what events tell of the account that they changed; gone when that is deleted';
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    DROP TABLE audit.personal_data;
    ALTER TABLE audit.events DROP COLUMN object_name, DROP COLUMN changes;
  `);
};
