/**
 * Indexes of e-mails by when they are due, in place of when they were made, and of dead letters, among which are not
 * those that were suppressed.
 */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const withoutTransaction = true;

export const up: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS email.deliveries_due");
  await database.query(`
    CREATE INDEX CONCURRENTLY deliveries_due ON email.deliveries (next_attempt_at, id)
      WHERE handed_at IS NULL AND sent_at IS NULL AND given_up_at IS NULL
  `);
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS email.deliveries_dead");
  await database.query(`
    CREATE INDEX CONCURRENTLY deliveries_dead ON email.deliveries (given_up_at, id)
      WHERE given_up_at IS NOT NULL AND NOT suppressed
  `);
  // The release before finds the few that wait by the new one, too.
  await database.query("DROP INDEX CONCURRENTLY IF EXISTS email.deliveries_waiting");
};

export const down: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE INDEX IF NOT EXISTS deliveries_waiting ON email.deliveries (created_at)
      WHERE handed_at IS NULL AND sent_at IS NULL AND given_up_at IS NULL
  `);
  await database.query("DROP INDEX IF EXISTS email.deliveries_due, email.deliveries_dead");
};
