/**
 * The SQL by which a period is read: whole days or quarters of an hour from their sums, its two ends order by order.
 *
 * One statement sees one state of the database. What happened since the sums were last added to are events behind the
 * cursor, and their differences are added here; so what is answered is always exact.
 */
import { firstIdAt as firstId } from "../../platform/wire/uuid.ts";
import { CONSUMER, differencesOf, firstIdAt, firstWholeDay, unseenEvents } from "./rollup-increments-sql.ts";
import type { Period } from "./intervals.ts";

/**
 * The common table expressions `summed` (one row: what begins in [first, until) is read from the sums; none where there
 * are no sums), `differences` (of what they have not seen) and `ranges` (of ids, to be read order by order).
 *
 * $1 the store, or null for all; $2 and $3 the period's bounds as ids; $4 and $5 when its first whole unit begins and
 * its last one ends.
 */
export const PERIOD = `
  summed AS MATERIALIZED (
    SELECT least($5::timestamptz, greatest($4::timestamptz, ${firstWholeDay("s.from_id")})) AS first, $5::timestamptz AS until, c.position
    FROM analytics.summed s, orders.relay_cursor c WHERE c.name = '${CONSUMER}'
  ), unseen AS (
    SELECT e.* FROM summed s CROSS JOIN LATERAL (${unseenEvents("s.position", { from: firstIdAt("s.first"), until: firstIdAt("s.until") })}) e
    WHERE $1::uuid IS NULL OR e.store_id = $1
  ), differences AS MATERIALIZED (${differencesOf("unseen")}), ranges AS MATERIALIZED (
    SELECT $2::uuid AS from_id, coalesce((SELECT ${firstIdAt("first")} FROM summed), $3::uuid) AS to_id
    UNION ALL SELECT ${firstIdAt("until")}, $3::uuid FROM summed
  )`;

/** @param unitMs what the sums are of; undefined: they are of no use, such as to intervals that cut their quarters */
export function periodBind(
  { startMs, endMs }: Period,
  storeId: string | undefined,
  unitMs: number | undefined,
): unknown[] {
  const whole = unitMs === undefined ? [] : [Math.ceil(startMs / unitMs) * unitMs, Math.floor(endMs / unitMs) * unitMs];
  const [firstMs = endMs, untilMs = endMs] = whole;
  const bounds = firstMs < untilMs ? [firstMs, untilMs] : [endMs, endMs];
  return [storeId ?? null, firstId(startMs), firstId(endMs), ...bounds.map((ms) => new Date(ms))];
}
