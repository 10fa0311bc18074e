/** `migrate`: brings the schema to what this version needs. */
import { requireDirectUrl } from "../platform/config/config.ts";
import { requireDatabase } from "../platform/database/require-database.ts";
import { migrate } from "../platform/database/schema/migrate.ts";
import type { Command } from "./command.ts";

export const migrateCommand: Command = {
  summary: "bring the database's schema to this version",
  help: `Usage: node src/main.ts migrate

Runs the migrations that DATABASE_URL's database has not had yet, as the role of DATABASE_OWNER_URL if that is set; the
role of DATABASE_URL is then granted what the product needs, and cannot change the tables, the audit log or the ledger.
Running it again, or on two machines at once, does no harm. The version before goes on serving meanwhile: a step that
does not get its tables within half a second lets the callers go first and tries again, for two minutes.`,
  options: {},
  async run(config) {
    const url = config.databaseOwnerUrl ?? requireDirectUrl(config);
    await requireDatabase(url);
    const done = await migrate(url, config.databaseUrl, { onWaiting: (line) => console.error(line) });
    console.log(done.length === 0 ? "The schema is up to date." : `Ran ${done.join(", ")}.`);
  },
};
