/**
 * The repository of the outbox: gives committed events their positions, and hands them on from a cursor.
 *
 * Ids and times are taken before a commit and become visible in another order, so a reader that follows them misses
 * events. Positions are given afterwards, to rows that everybody sees, by whoever holds the cursor's row; a second
 * relay finds that row locked and stands by.
 */
import type { Sequelize } from "sequelize";
import { runSql, one } from "../platform/database/database.ts";
import { HISTORY, withHistory } from "../platform/database/history.ts";
import type { Cause } from "../platform/context/cause.ts";
import { withTransaction } from "../platform/database/transaction.ts";

/** Its request id and trace are those of the call that caused it; undefined for what nobody called for. */
export interface OutboxEvent extends Partial<Cause> {
  storeId: string;
  orderId: string;
  /** Counts this order's events from 1. */
  sequence: number;
  /** Such as ORDER_CONFIRMED. */
  type: string;
}

/** Takes over a batch, in the order of its events, or throws and gets the same events again. */
export type EventHandler = (events: readonly OutboxEvent[]) => Promise<void>;

/** Who gets all events, by a cursor of its own. */
export interface Consumer {
  /** Of its cursor. One that was never seen before begins with the events of its first start. */
  name: string;
  /**
   * What it writes to the database joins the cursor's transaction. It may pause for ten seconds at most: a relay that
   * stands still for longer, without dying, loses its connection and with it the lock, and others take over.
   */
  handle: EventHandler;
}

/** "standby": another relay is at it. Otherwise how many events there were, up to the limit. */
export type BatchResult = number | "standby";

/** Whether a look for events without a position is for all of them, or for those that are not much older than the last with one. */
export type Look = "recent" | "all";

/**
 * What a look finds. Rows that got a position lie dead in the index of those without, until VACUUM comes by: hundreds
 * of thousands on a busy day, and a look from the left end reads through all of them. An event whose transaction took
 * longer to commit than this is old when it is first seen: so somebody has to look for all now and then.
 */
const UNSTAMPED: Record<Look, string> = {
  recent: `position IS NULL AND created_at >= coalesce((
    SELECT last.created_at - interval '10 seconds' FROM orders.relay_cursor c JOIN orders.outbox last ON last.position = c.position
    WHERE c.name = 'outbox'
  ), '-infinity')`,
  all: "position IS NULL",
};

/** A cursor that another relay works with is left to it. */
const SKIP_LOCKED = "FOR UPDATE SKIP LOCKED";

interface EventRow {
  store_id: string;
  order_id: string;
  sequence: number;
  type: string;
  position: string;
  request_id: string | null;
  traceparent: string | null;
}

/** Gives consumers that are new a cursor, at the newest position. */
export async function startConsumers(database: Sequelize, names: readonly string[]): Promise<void> {
  await runSql(
    database,
    `INSERT INTO orders.relay_cursor (name, position)
     SELECT new.name, c.position FROM unnest($1::text[]) AS new(name), orders.relay_cursor c WHERE c.name = 'outbox'
     ON CONFLICT DO NOTHING`,
    [names],
  );
}

/** Whether events have no position yet, and which consumers lag behind: the one statement of an idle second. */
export async function waitingWork(
  database: Sequelize,
  consumers: readonly string[],
  look: Look,
): Promise<{ unstamped: boolean; behind: string[] }> {
  const [row] = await runSql<{ unstamped: boolean; behind: string[] }>(database, waiting(look), [consumers]);
  return row ?? { unstamped: false, behind: [] };
}

/** $1 the consumers' names. */
export function waiting(look: Look): string {
  return `
    SELECT EXISTS (SELECT FROM orders.outbox WHERE ${UNSTAMPED[look]}) AS unstamped,
           ARRAY(
             SELECT c.name FROM orders.relay_cursor c JOIN orders.relay_cursor newest ON newest.name = 'outbox'
             WHERE c.name = ANY($1::text[]) AND c.position < newest.position
           ) AS behind`;
}

/**
 * Gives positions to at most `limit` committed events that have none: consecutive, from 1.
 * @returns the newest; undefined when there was nothing to do, or another relay is at it
 */
export async function assignPositions(
  database: Sequelize,
  limit: number,
  look: Look = "all",
): Promise<bigint | undefined> {
  return withTransaction(database, async () => {
    const last = await cursorOf(database, "outbox", SKIP_LOCKED);
    return last === undefined ? undefined : stampAfter(database, last, { limit, look });
  });
}

/**
 * The place that parts before from after: what is committed has this one or a lower one, what is committed from now
 * on gets a higher one. Gives positions for that, at most `limit`; where more wait, because every relay is away, it is
 * that of the last of them, and what then follows is a little older than now.
 */
export async function currentPosition(database: Sequelize, limit: number): Promise<OutboxPosition> {
  const { history, newest, unstamped } = await outboxPositions(database);
  if (!unstamped) return { history, position: newest };
  return withTransaction(database, async () => {
    const last = await cursorOf(database, "outbox", "FOR UPDATE");
    if (last === undefined) throw new TypeError("the outbox has no cursor");
    const position = (await stampAfter(database, last, { limit, look: "all" })) ?? last;
    // Of the server that gave the position, which may be another one than was asked before.
    const { history: ofPosition } = await withHistory(database, () =>
      one<{ history: string | null }>(database, `SELECT ${HISTORY} AS history`),
    );
    return { history: ofPosition, position };
  });
}

/** A position means nothing in another history than its own. */
export interface OutboxPosition {
  history: string;
  position: bigint;
}

export interface OutboxPositions {
  history: string;
  /** Events up to here are gone. */
  purged: bigint;
  newest: bigint;
  /** Whether committed events have no position yet. */
  unstamped: boolean;
}

export async function outboxPositions(database: Sequelize): Promise<OutboxPositions> {
  const row = await withHistory(database, () => one<PositionsRow>(database, POSITIONS));
  return { ...row, purged: BigInt(row.purged), newest: BigInt(row.newest) };
}

interface PositionsRow {
  history: string | null;
  purged: string;
  newest: string;
  unstamped: boolean;
}

const POSITIONS = `
  SELECT ${HISTORY} AS history, p.position AS purged, c.position AS newest,
         EXISTS (SELECT FROM orders.outbox WHERE ${UNSTAMPED.all}) AS unstamped
  FROM orders.relay_cursor c, orders.outbox_purge p WHERE c.name = 'outbox'`;

/** Positions for at most `limit` rows that have none, by whoever has locked the cursor. */
async function stampAfter(
  database: Sequelize,
  last: bigint,
  { limit, look }: { limit: number; look: Look },
): Promise<bigint | undefined> {
  const stamped = await runSql(
    database,
    `WITH waiting AS (
       SELECT store_id, order_id, sequence, row_number() OVER (ORDER BY created_at, order_id, sequence) AS n
       FROM orders.outbox WHERE ${UNSTAMPED[look]} ORDER BY created_at, order_id, sequence LIMIT $2
     )
     UPDATE orders.outbox e SET position = $1::bigint + w.n FROM waiting w
     WHERE (e.store_id, e.order_id, e.sequence) = (w.store_id, w.order_id, w.sequence)
     RETURNING e.sequence`,
    [last, limit],
  );
  if (stamped.length === 0) return undefined;
  const newest = last + BigInt(stamped.length);
  await moveCursor(database, "outbox", newest);
  return newest;
}

/**
 * Hands at most `limit` events that follow the consumer's cursor to `hand`, then moves the cursor, in one transaction
 * that what `hand` writes to the database joins. A crash in between hands the same events again.
 */
export async function deliverEvents(
  database: Sequelize,
  { name, handle: hand }: Consumer,
  limit: number,
): Promise<BatchResult> {
  return withTransaction(database, async () => {
    const last = await cursorOf(database, name, SKIP_LOCKED);
    if (last === undefined) return "standby";
    const rows = await runSql<EventRow>(
      database,
      `SELECT store_id, order_id, sequence, type, position, request_id, traceparent FROM orders.outbox
       WHERE position > $1 ORDER BY position LIMIT $2`,
      [last, limit],
    );
    const newest = rows.at(-1);
    if (newest === undefined) return 0;
    await hand(rows.map(toEvent));
    await moveCursor(database, name, BigInt(newest.position));
    return rows.length;
  });
}

function toEvent({ store_id, order_id, sequence, type, request_id, traceparent }: EventRow): OutboxEvent {
  const origin = request_id === null ? {} : { requestId: request_id, traceparent: traceparent ?? undefined };
  return { storeId: store_id, orderId: order_id, sequence, type, ...origin };
}

/**
 * Locks a consumer's cursor until the transaction ends, so that no event is handed on meanwhile.
 * @returns its position; undefined when another is at it, or it has none
 */
export async function lockedPosition(database: Sequelize, name: string): Promise<bigint | undefined> {
  return cursorOf(database, name, SKIP_LOCKED);
}

async function cursorOf(
  database: Sequelize,
  name: string,
  lock: "FOR UPDATE" | typeof SKIP_LOCKED,
): Promise<bigint | undefined> {
  const [row] = await runSql<{ position: string }>(
    database,
    `SELECT position FROM orders.relay_cursor WHERE name = $1 ${lock}`,
    [name],
  );
  return row === undefined ? undefined : BigInt(row.position);
}

async function moveCursor(database: Sequelize, name: string, position: bigint): Promise<void> {
  await runSql(database, "UPDATE orders.relay_cursor SET position = $2 WHERE name = $1", [name, position]);
}
