/** Whether PostgreSQL answers, takes writes and has every migration. */
import type { Sequelize } from "sequelize";
import { one } from "../../platform/database/database.ts";
import { pendingMigrations } from "../../platform/database/schema/pending-migrations.ts";
import { type Audience, counted, ok, placeFor, problem } from "./part.ts";

export async function serverOf(database: Sequelize): Promise<{ version: string; follows: boolean }> {
  return one(database, "SELECT current_setting('server_version') AS version, pg_is_in_recovery() AS follows");
}

/** @param url only its host and name are told */
export async function databaseState(database: Sequelize, url: string, audience: Audience) {
  const { version, follows } = await serverOf(database);
  const { host, pathname } = new URL(url);
  const server = `PostgreSQL ${version}${placeFor(audience, `${host}${pathname}`)} answers`;
  if (follows)
    return problem(
      `${server}, and is a replica, which takes no writes.`,
      "Name the primary by DATABASE_URL, or promote this one.",
    );
  const pending = await pendingMigrations(database);
  const figures = { pending_migrations: pending.length };
  if (pending.length === 0) return ok(`${server} and has every migration.`, figures);
  return problem(
    `${server}; ${counted(pending.length, ["migration is", "migrations are"])} pending.`,
    "Run: node src/main.ts migrate",
    figures,
  );
}
