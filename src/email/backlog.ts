/** How many e-mails are due, since when, and how many were given up. */
import type { Sequelize } from "sequelize";
import { select } from "../platform/database.ts";
import type { Backlog } from "../platform/queue-metrics.ts";

/** More are told as this many. */
const MAX_COUNTED = 100_000;

export async function emailBacklog(database: Sequelize): Promise<Backlog> {
  const [row] = await select<Omit<Backlog, "queue">>(
    database,
    `SELECT count(*)::integer AS waiting,
            coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS "oldestSeconds",
            (SELECT count(*)::integer FROM (
               SELECT FROM email.deliveries WHERE given_up_at IS NOT NULL LIMIT $1
             ) AS given_up) AS "deadLetters"
     FROM (SELECT created_at FROM email.deliveries WHERE sent_at IS NULL AND given_up_at IS NULL LIMIT $1) AS open`,
    [MAX_COUNTED],
  );
  return { queue: "email", waiting: 0, oldestSeconds: 0, ...row };
}
