/** How many deliveries wait for active webhooks, since when, and how many were given up. */
import type { Sequelize } from "sequelize";
import { select } from "../platform/database.ts";
import type { Backlog } from "../platform/queue-metrics.ts";

/** More are told as this many. */
const MAX_COUNTED = 100_000;

export async function webhookBacklog(database: Sequelize): Promise<Backlog> {
  const [row] = await select<Omit<Backlog, "queue">>(
    database,
    `SELECT count(*)::integer AS waiting,
            coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS "oldestSeconds",
            (SELECT count(*)::integer FROM (
               SELECT FROM webhooks.deliveries WHERE status = 'FAILED' LIMIT $1
             ) AS failed) AS "deadLetters"
     FROM (
       SELECT d.created_at FROM webhooks.deliveries d JOIN webhooks.webhooks w ON w.id = d.webhook_id AND w.active
       WHERE d.status = 'PENDING' ORDER BY d.id LIMIT $1
     ) AS open`,
    [MAX_COUNTED],
  );
  return { queue: "webhooks", waiting: 0, oldestSeconds: 0, ...row };
}
