/**
 * The SQL by which a period is read: the days that are summed up from their sums, everything else order by order.
 *
 * One statement sees one state of the database. A day whose orders changed since it was summed up has an event behind
 * the cursor of whoever sums (sums.ts), so it is read order by order too: what is answered is always exact.
 */
import { firstIdAt } from "../platform/identifier.ts";
import { DAY_MS, type Period } from "./stretches.ts";

/** The scope of all stores. */
export const ALL_STORES = "00000000-0000-0000-0000-000000000000";
/** Who sums days up: its cursor's name, and the events that change a day's sums. */
export const CONSUMER = "analytics";
export const CHANGING_EVENTS = ["ORDER_CONFIRMED", "ORDER_REJECTED", "ORDER_CANCELLED"];
/** Of an order that was sold, and of one that was not: one of them is true of every order. */
export const SOLD = "o.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')";
export const UNSOLD = "o.status IN ('PENDING', 'REJECTED', 'CANCELLED')";

/** Ids are UUIDv7: a time is a bound between them, and their first 48 bits are milliseconds. */
const firstId = (time: string) => `(lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid`;
const dayOf = (id: string) => `(to_timestamp(('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint / 1000.0) AT TIME ZONE 'UTC')::date`;
const firstIdOf = (day: string) => firstId(`(${day})::timestamp`);

/**
 * The common table expressions `summed` (one row: the days [first, until) have sums), `changed` (those of them that
 * are not to be used) and `ranges` (of ids, to be read order by order).
 *
 * $1 the store, or null for all; $2 and $3 the period's bounds as ids; $4 and $5 the days of UTC that lie in it whole,
 * the second excluded; $6 the id with which the first of them begins, or the period's end where there is none.
 */
export const PERIOD = `
  summed AS MATERIALIZED (
    SELECT $4::date AS first, greatest($4::date, least($5::date, p.summed_until)) AS until,
           coalesce((SELECT c.position FROM orders.relay_cursor c WHERE c.name = '${CONSUMER}'), 0) AS position
    FROM analytics.progress p
  ), changed AS MATERIALIZED (
    SELECT DISTINCT ${dayOf("e.order_id")} AS day
    FROM summed s JOIN orders.outbox e ON e.position > s.position OR e.position IS NULL
    WHERE e.type IN (${CHANGING_EVENTS.map((type) => `'${type}'`).join(", ")}) AND ($1::uuid IS NULL OR e.store_id = $1)
      AND e.order_id >= ${firstIdOf("s.first")} AND e.order_id < ${firstIdOf("s.until")}
  ), ranges AS MATERIALIZED (
    SELECT $2::uuid AS from_id, $6::uuid AS to_id
    UNION ALL SELECT ${firstIdOf("until")}, $3::uuid FROM summed
    UNION ALL SELECT ${firstIdOf("day")}, ${firstIdOf("day + 1")} FROM changed
  )`;

/** @param options whether sums may be used at all; those of sales are of no use to stretches that cut their quarters */
export function periodBind({ startMs, endMs }: Period, storeId: string | undefined, { sums }: { sums: boolean }): unknown[] {
  const firstDayMs = Math.ceil(startMs / DAY_MS) * DAY_MS;
  const lastDayMs = sums ? Math.max(firstDayMs, endMs - (endMs % DAY_MS)) : firstDayMs;
  const bounds = [firstIdAt(startMs), firstIdAt(endMs)];
  return [storeId ?? null, ...bounds, dateOf(firstDayMs), dateOf(lastDayMs), firstIdAt(Math.min(firstDayMs, endMs))];
}

/** As PostgreSQL reads it, also for the year 10,000, in which the last day of 9999 ends. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().replace(/T.*/, "").replace(/^\+0*/, "");
}
