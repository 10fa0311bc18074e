/** How many events wait in the outbox: for a position, and for each consumer. */
import type { Sequelize } from "sequelize";
import { runSql } from "../platform/database/database.ts";
import type { Backlog } from "../platform/telemetry/queue-metrics.ts";

/** A longer queue is told as this long: counting on would cost what is needed to work it off. */
const MAX_COUNTED = 100_000;

/** @param consumers by their names; the cursor of another one is that of a release before, and is told apart */
export async function outboxBacklog(database: Sequelize, consumers: readonly string[]): Promise<Backlog[]> {
  return runSql<Backlog>(
    database,
    `SELECT 'outbox' AS queue, count(*)::integer AS waiting,
            coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS "oldestSeconds"
     FROM (SELECT created_at FROM orders.outbox WHERE position IS NULL ORDER BY created_at LIMIT $1) AS unstamped
     UNION ALL
     SELECT CASE WHEN c.name = ANY($2::text[]) THEN 'outbox_' ELSE 'abandoned_' END || c.name,
            -- Positions are consecutive.
            greatest(coalesce((SELECT max(position) FROM orders.outbox), 0) - c.position, 0)::integer,
            coalesce(extract(epoch FROM clock_timestamp() - (
              SELECT created_at FROM orders.outbox WHERE position > c.position ORDER BY position LIMIT 1
            )), 0)::float8
     FROM orders.relay_cursor c WHERE c.name <> 'outbox'`,
    [MAX_COUNTED, consumers],
  );
}
