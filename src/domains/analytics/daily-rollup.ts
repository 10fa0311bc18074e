/**
 * Keeps the sums of sales: off the way of any order, event by event, and the orders of before piece by piece.
 *
 * The cursor's row is the lock: events are added in the transaction that moves it, so each is added once. The orders
 * that are not in the sums yet are added from the newest to the oldest; whoever dies in between leaves whole pieces, and
 * the next one goes on. Deleting the cursor is all it takes to have the sums made anew: what they hold is forgotten as
 * the pieces come to it, and until then nobody reads it.
 */
import type { Sequelize } from "sequelize";
import { deliverEvents, lockedPosition, type OutboxEvent } from "../../outbox/outbox.ts";
import { runSql } from "../../platform/database/database.ts";
import { steadily } from "../../platform/jobs/scheduler.ts";
import type { Logger } from "../../platform/telemetry/log.ts";
import type { Rounds } from "../../platform/async/rounds.ts";
import { startPollLoop } from "../../platform/polling/poll-loop.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { ADD_EVENTS, ADD_ORDERS, ALL_STORES, CONSUMER, startOf } from "./rollup-increments-sql.ts";
import { DAY_MS } from "./intervals.ts";

/** What nobody has summed up yet costs a reader microseconds each, and sums are the cheaper the more come at once. */
const PAUSE_MS = 15_000;
/** Events, or orders of before, in one transaction: it ends within a second. */
const BATCH = 10_000;
const JOB = "sales";
/** Below every order's id. */
const OLDEST = "00000000-0000-0000-0000-000000000000";

export function startDailyRollup({ database, log }: { database: Sequelize; log: Logger }): Rounds {
  const work = steadily(database, JOB, () => rollUp(database));
  return startPollLoop({
    job: JOB,
    what: "sales are summed up",
    work,
    batch: BATCH,
    pauseMs: PAUSE_MS,
    told: false,
    log,
  });
}

/** Adds at most `limit` events, and at most as many orders of before. @returns how many */
export async function rollUp(database: Sequelize, limit = BATCH): Promise<number> {
  const [state] = await runSql<{ begun: boolean; behind: boolean; complete: boolean; outdated: boolean }>(
    database,
    STATE,
    [CONSUMER, OLDEST],
  );
  if (state?.outdated === true) await forgetDays(database);
  if (state?.begun !== true) await begin(database);
  const events =
    state?.behind === true
      ? await deliverEvents(database, { name: CONSUMER, handle: (some) => addEvents(database, some) }, limit)
      : 0;
  const orders = state?.complete === true ? 0 : await addOrders(database, limit);
  return (events === "standby" ? 0 : events) + orders;
}

/** $1 the cursor's name, $2 the lowest id: the one statement of an idle round. */
const STATE = `
  SELECT c.name IS NOT NULL AS begun, coalesce(c.position < newest.position, false) AS behind,
         c.name IS NOT NULL AND s.from_id = $2 AS complete, EXISTS (SELECT FROM orders.relay_cursor WHERE name = 'analytics') AS outdated
  FROM orders.relay_cursor newest CROSS JOIN analytics.summed s LEFT JOIN orders.relay_cursor c ON c.name = $1
  WHERE newest.name = 'outbox'`;

/** A cursor at the newest event: no order is in the sums yet. */
async function begin(database: Sequelize): Promise<void> {
  await runSql(
    database,
    `WITH begun AS (
       INSERT INTO orders.relay_cursor (name, position) SELECT $1, position FROM orders.relay_cursor WHERE name = 'outbox'
       ON CONFLICT DO NOTHING RETURNING name
     )
     UPDATE analytics.summed SET from_id = DEFAULT WHERE EXISTS (SELECT FROM begun)`,
    [CONSUMER],
  );
}

async function addEvents(database: Sequelize, events: readonly OutboxEvent[]): Promise<void> {
  await runSql(database, ADD_EVENTS, [
    events.map(({ storeId }) => storeId),
    events.map(({ orderId }) => orderId),
    events.map(({ sequence }) => sequence),
    events.map(({ type }) => type),
  ]);
}

/** Adds the newest `limit` orders of those that are not in the sums. @returns how many there were */
async function addOrders(database: Sequelize, limit: number): Promise<number> {
  return withTransaction(database, async () => {
    const position = await lockedPosition(database, CONSUMER);
    if (position === undefined) return 0;
    const [piece] = await runSql<{ from: string; until: string; count: number }>(database, PIECE, [limit, OLDEST]);
    if (piece === undefined) return 0;
    for (const sql of FORGET) await runSql(database, sql, [piece.from, piece.until]);
    await runSql(database, ADD_ORDERS, [piece.from, piece.until, position]);
    return piece.count;
  });
}

/** $1 how many orders, $2 the lowest id, with which the last piece begins. */
const PIECE = `
  SELECT s.from_id AS until, count(o.id)::integer AS count,
         CASE WHEN count(o.id) < $1 THEN $2::uuid ELSE (array_agg(o.id ORDER BY o.id))[1] END AS "from"
  FROM analytics.summed s
  LEFT JOIN LATERAL (SELECT id FROM orders.orders WHERE id < s.from_id ORDER BY id DESC LIMIT $1) o ON true
  GROUP BY s.from_id`;

/** $1 and $2 a piece: what earlier sums say of the days that it is the first to come to. */
const FORGET = ["sales_of_quarters", "products_of_days"].map(
  (table) => `
    DELETE FROM analytics.${table} s USING (SELECT id FROM inventory.stores UNION ALL SELECT '${ALL_STORES}') AS of(scope)
    WHERE s.scope = of.scope AND s.start_at >= ${startOf("$1::uuid", DAY_MS)} AND s.start_at < ${startOf("$2::uuid", DAY_MS)}`,
);

/** What the release before summed up is of no use without its cursor, for which old events would be kept for ever. */
async function forgetDays(database: Sequelize): Promise<void> {
  await withTransaction(database, async () => {
    await runSql(database, "DELETE FROM orders.relay_cursor WHERE name = 'analytics'");
    await runSql(database, "UPDATE analytics.progress SET summed_until = 'epoch'");
  });
}
