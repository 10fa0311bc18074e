/**
 * Forgets old events: those that every consumer has passed, after as long as a resume token may be used.
 *
 * Only from the oldest position on, without gaps, so that one position says what is gone. Consumers are those of this
 * release: one that a release dropped would else keep every event for ever. Its cursor is shown in the metrics, stays for as
 * long as the events behind it, in case that the release before comes back, and goes with them.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../platform/database/database.ts";

/** As the contract says of WatchOrders' tokens. */
const KEPT = "7 days";
/** The largest bigint. */
const ABOVE_ALL = "9223372036854775807";

/** Forgets at most `limit` events. @param consumers their names. @returns how many */
export async function purgeOutbox(database: Sequelize, consumers: readonly string[], limit: number): Promise<number> {
  const [purged] = await runSql<{ count: number }>(
    database,
    `WITH oldest AS (
       SELECT position, created_at FROM orders.outbox
       WHERE position <= (SELECT min(position) FROM orders.relay_cursor WHERE name = ANY($2::text[]))
       ORDER BY position LIMIT $1
     ), gone AS (
       DELETE FROM orders.outbox e USING oldest o
       WHERE e.position = o.position AND o.position < coalesce(
         (SELECT min(position) FROM oldest WHERE created_at >= now() - interval '${KEPT}'), ${ABOVE_ALL}
       ) RETURNING e.position
     ), noted AS (
       UPDATE orders.outbox_purge SET position = greatest(position, (SELECT max(position) FROM gone))
       WHERE EXISTS (SELECT FROM gone)
     ), dropped AS (
       DELETE FROM orders.relay_cursor WHERE position < (SELECT max(position) FROM gone) AND name <> 'outbox' AND NOT name = ANY($2::text[])
     )
     SELECT count(*)::integer AS count FROM gone`,
    [limit, consumers],
  );
  return purged?.count ?? 0;
}

/** Events up to this position are gone; 0n when none is. */
export async function purgedUpTo(database: Sequelize): Promise<bigint> {
  const [row] = await runSql<{ position: string }>(database, "SELECT position FROM orders.outbox_purge");
  return BigInt(row?.position ?? 0);
}
