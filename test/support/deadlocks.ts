/** How many deadlocks PostgreSQL has broken: retries hide them from every answer, and it counts them. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";

export async function deadlocks(database: Sequelize): Promise<number> {
  // A session reports its counts when it is idle, at most a second later; asked for, it does so at once.
  await runSql(database, "SELECT pg_stat_force_next_flush()");
  const [row] = await runSql<{ deadlocks: string }>(
    database,
    "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()",
  );
  return Number(row?.deadlocks);
}
