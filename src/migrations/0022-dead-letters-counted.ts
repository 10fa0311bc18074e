/** An index of the e-mails that were given up: the metrics count them at each scrape, among millions that were sent. */
import type { Migration } from "../platform/database/schema/migrate.ts";

export const up: Migration = async ({ context: database }) => {
  await database.query(`
    CREATE INDEX IF NOT EXISTS deliveries_given_up ON email.deliveries (given_up_at) WHERE given_up_at IS NOT NULL;
  `);
};

export const down: Migration = async ({ context: database }) => {
  await database.query("DROP INDEX email.deliveries_given_up");
};
