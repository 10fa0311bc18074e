/**
 * Sums up days that are over, and again those of which an order changed since: off the way of any order.
 *
 * Two hands write the sums, and a row of `progress` lets one work at a time: a job that takes the next day, and the
 * relay's consumer, to whom each change of an order comes. A day is always summed up from its orders anew, so that a
 * change that comes twice does no harm, and deleting the sums is all it takes to have them made again.
 */
import type { Sequelize } from "sequelize";
import type { Consumer, OutboxEvent } from "../outbox/outbox.ts";
import { execute, select } from "../platform/database.ts";
import { firstIdAt, timeOfId } from "../platform/identifier.ts";
import { withTransaction } from "../platform/transaction.ts";
import { ALL_STORES, CHANGING_EVENTS, CONSUMER, dateOf, SOLD } from "./period-sql.ts";
import { QUARTER_MS } from "./sales.ts";
import { DAY_MS } from "./stretches.ts";

/** A day is over for an hour before it is summed up: the holds of its last minutes have ended by then. */
const SETTLING = "1 hour";

/** What the relay calls with each change of an order. */
export function sumsConsumer(database: Sequelize): Consumer {
  return { name: CONSUMER, hand: (events) => sumAgain(database, events) };
}

/** Sums up the oldest day that has orders and no sums. @returns how many: one, or none where there is no such day */
export async function sumNextDay(database: Sequelize): Promise<number> {
  return withTransaction(database, async () => {
    const untilMs = await lockProgress(database);
    const [next] = await select<{ id: string; over: boolean }>(
      database,
      // Without a cursor, changes of the day would go unseen.
      `SELECT o.id, $2::uuid > o.id AS over FROM orders.orders o
       WHERE o.id >= $1 AND EXISTS (SELECT FROM orders.relay_cursor WHERE name = $3) ORDER BY o.id LIMIT 1`,
      [firstIdAt(untilMs), firstIdAt(dayOf(await settledMs(database))), CONSUMER],
    );
    if (next?.over !== true) return 0;
    const dayMs = dayOf(timeOfId(next.id).getTime());
    const stores = await select<{ id: string }>(database, "SELECT id FROM inventory.stores");
    await sumDay(database, dayMs, stores.map(({ id }) => id));
    await execute(database, "UPDATE analytics.progress SET summed_until = $1", [dateOf(dayMs + DAY_MS)]);
    return 1;
  });
}

async function sumAgain(database: Sequelize, events: readonly OutboxEvent[]): Promise<void> {
  const untilMs = await lockProgress(database);
  const changing = events.filter(({ type, orderId }) => CHANGING_EVENTS.includes(type) && timeOfId(orderId).getTime() < untilMs);
  for (const [dayMs, ofDay] of Map.groupBy(changing, ({ orderId }) => dayOf(timeOfId(orderId).getTime()))) {
    await sumDay(database, dayMs, [...new Set(ofDay.map(({ storeId }) => storeId))]);
  }
}

/** The days before it have sums. Whoever holds the lock sees, in his next statements, all that the one before wrote. */
async function lockProgress(database: Sequelize): Promise<number> {
  const [row] = await select<{ summed_until: string }>(database, "SELECT summed_until::text FROM analytics.progress FOR UPDATE");
  if (row === undefined) throw new TypeError("analytics.progress has no row");
  return Date.parse(`${row.summed_until}T00:00Z`);
}

async function settledMs(database: Sequelize): Promise<number> {
  const [row] = await select<{ at: Date }>(database, `SELECT now() - interval '${SETTLING}' AS at`);
  return row?.at.getTime() ?? 0;
}

function dayOf(ms: number): number {
  return ms - (ms % DAY_MS);
}

/** Of these stores, and then of all, whose sums are made of the stores' own. */
async function sumDay(database: Sequelize, dayMs: number, stores: string[]): Promise<void> {
  const run = (sql: string, bind: unknown[]) => execute(database, sql, bind);
  const scopes = [...stores, ALL_STORES];
  const ids = [firstIdAt(dayMs), firstIdAt(dayMs + DAY_MS)];
  const [start, end] = [new Date(dayMs), new Date(dayMs + DAY_MS)];
  const quarters = Array.from({ length: DAY_MS / QUARTER_MS }, (_, index) => firstIdAt(dayMs + index * QUARTER_MS));
  await run("DELETE FROM analytics.sales WHERE scope = ANY($1::uuid[]) AND start_at >= $2 AND start_at < $3", [scopes, start, end]);
  await run(SALES_OF_STORES, [stores, ...ids, start, quarters]);
  await run(SALES_OF_ALL, [ALL_STORES, start, end]);
  const day = dateOf(dayMs);
  await run("DELETE FROM analytics.products WHERE scope = ANY($1::uuid[]) AND day = $2", [scopes, day]);
  await run(PRODUCTS_OF_STORES, [stores, ...ids, day]);
  await run(PRODUCTS_OF_ALL, [ALL_STORES, day]);
}

/** $1 the stores; $2 and $3 the day's bounds as ids; $4 when it begins; $5 when its quarters of hours do, as ids. */
const SALES_OF_STORES = `
  INSERT INTO analytics.sales (scope, start_at, confirmed, rejected, revenue)
  SELECT o.store_id, $4::timestamptz + (width_bucket(o.id, $5::uuid[]) - 1) * interval '${QUARTER_MS} milliseconds',
         count(*) FILTER (WHERE ${SOLD}), count(*) FILTER (WHERE o.status = 'REJECTED'), coalesce(sum(o.total) FILTER (WHERE ${SOLD}), 0)
  FROM orders.orders o
  WHERE o.store_id = ANY($1::uuid[]) AND o.id >= $2 AND o.id < $3 AND (${SOLD} OR o.status = 'REJECTED')
  GROUP BY 1, 2`;

const SALES_OF_ALL = `
  INSERT INTO analytics.sales (scope, start_at, confirmed, rejected, revenue)
  SELECT $1, s.start_at, sum(s.confirmed), sum(s.rejected), sum(s.revenue)
  FROM inventory.stores t JOIN analytics.sales s ON s.scope = t.id AND s.start_at >= $2 AND s.start_at < $3
  GROUP BY s.start_at`;

/** $1 the stores; $2 and $3 the day's bounds as ids; $4 the day. */
const PRODUCTS_OF_STORES = `
  INSERT INTO analytics.products (scope, day, product_id, quantity, revenue, last_order_id)
  SELECT o.store_id, $4, i.product_id, sum(i.quantity), sum(i.line_total - i.discount), max(o.id::text COLLATE "C")::uuid
  FROM orders.orders o JOIN orders.items i ON i.store_id = o.store_id AND i.order_id = o.id
  WHERE o.store_id = ANY($1::uuid[]) AND o.id >= $2 AND o.id < $3 AND i.order_id >= $2 AND i.order_id < $3 AND ${SOLD}
  GROUP BY o.store_id, i.product_id`;

const PRODUCTS_OF_ALL = `
  INSERT INTO analytics.products (scope, day, product_id, quantity, revenue, last_order_id)
  SELECT $1, $2, p.product_id, sum(p.quantity), sum(p.revenue), max(p.last_order_id::text COLLATE "C")::uuid
  FROM inventory.stores t JOIN analytics.products p ON p.scope = t.id AND p.day = $2
  GROUP BY p.product_id`;
