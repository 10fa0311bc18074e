/**
 * The SQL of what each event of an order adds to the sums, and of where it is added.
 *
 * An order counts for when it was placed, which its id tells. A sale adds its total and its lines; a cancellation takes
 * them back, and leaves the names that the products had, because it was a sale: so whatever happens is added, and
 * nothing is ever looked up again.
 */
import { DAY_MS } from "./intervals.ts";

/** The scope of all stores. */
export const ALL_STORES = "00000000-0000-0000-0000-000000000000";
/** Whose cursor says up to which event the sums have come. */
export const CONSUMER = "sales";
/** What is kept of sales; every time zone's hours and days begin with one. */
export const QUARTER_MS = 900_000;

/** Of an order that counts now. */
export const SOLD = "o.status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')";
/**
 * Of an order that was sold and is cancelled: one without a hold was sold when it was placed, one with a hold by its
 * second event, which its cancellation may be instead.
 */
export const SOLD_AND_CANCELLED = cancelledSale("o.status = 'CANCELLED'", "o.version");

function cancelledSale(isCancelled: string, events: string): string {
  return `(${isCancelled} AND (o.hold_expires_at IS NULL OR ${events} > 2))`;
}

/** Of an order that was never sold: one of the three is true of every order. */
export const NEVER_SOLD = `(o.status IN ('PENDING', 'REJECTED', 'CANCELLED') AND NOT ${SOLD_AND_CANCELLED})`;

/** Milliseconds since 1970: the first 48 bits of a UUIDv7. */
const msOf = (id: string) => `('x' || left(replace(${id}::text, '-', ''), 12))::bit(48)::bigint`;
/** The bound between the ids made before a time and those made at it or after. */
export const firstIdAt = (time: string) =>
  `(lpad(to_hex((extract(epoch FROM ${time}) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid`;
/** When the day or the quarter of an hour begins that an id was made in. */
export const startOf = (id: string, unitMs: number) => `to_timestamp(${msOf(id)} / ${unitMs} * ${unitMs / 1_000})`;
/** When the first day begins of which every id is `id` or above it. */
export const firstWholeDay = (id: string) =>
  `to_timestamp((${msOf(id)} + ${DAY_MS - 1}) / ${DAY_MS} * ${DAY_MS / 1_000})`;

/** Events behind a position, those without one included, of the orders in a range of ids. */
export const unseenEvents = (position: string, { from, until }: { from: string; until: string }) => `
  SELECT e.store_id, e.order_id, e.sequence, e.type FROM orders.outbox e
  WHERE (e.position > ${position} OR e.position IS NULL) AND e.order_id >= ${from} AND e.order_id < ${until}`;

/** Events as differences; `events` names rows of the outbox. */
export const differencesOf = (events: string) => `
  SELECT e.store_id, e.order_id, o.total,
         CASE e.type WHEN 'ORDER_CONFIRMED' THEN 1 WHEN 'ORDER_CANCELLED' THEN -1 ELSE 0 END AS sold,
         CASE e.type WHEN 'ORDER_REJECTED' THEN 1 ELSE 0 END AS rejected
  FROM ${events} e JOIN orders.orders o ON o.store_id = e.store_id AND o.id = e.order_id
  WHERE e.type IN ('ORDER_CONFIRMED', 'ORDER_REJECTED') OR ${cancelledSale("e.type = 'ORDER_CANCELLED'", "e.sequence")}`;

/** The lines of sales and of their cancellations; `differences` names rows of the above. */
export const linesOf = (differences: string) => `
  SELECT d.store_id, d.order_id, i.product_id, d.sold * i.quantity AS quantity, d.sold * (i.line_total - i.discount) AS revenue
  FROM ${differences} d JOIN orders.items i ON i.store_id = d.store_id AND i.order_id = d.order_id
  WHERE d.rejected = 0`;

/** By its text: no PostgreSQL has a max of a uuid, and only 18 one of its bytes (a sixth quicker). */
export const latest = (id: string) => `max(${id}::text COLLATE "C")::uuid`;

/** The common table expressions that add what `differences` holds to the sums of each store and of all together. */
const ADDED = `
  lines AS (${linesOf("differences")}),
  quarters AS (
    INSERT INTO analytics.sales_of_quarters AS s (scope, start_at, confirmed, rejected, revenue)
    SELECT coalesce(store_id, '${ALL_STORES}'), ${startOf("order_id", QUARTER_MS)} AS start_at, sum(sold), sum(rejected), sum(sold * total)
    FROM differences GROUP BY GROUPING SETS ((store_id, start_at), (start_at))
    ON CONFLICT (scope, start_at) DO UPDATE
    SET confirmed = s.confirmed + excluded.confirmed, rejected = s.rejected + excluded.rejected, revenue = s.revenue + excluded.revenue
  ), days AS (
    INSERT INTO analytics.products_of_days AS s (scope, start_at, product_id, quantity, revenue, last_order_id)
    SELECT coalesce(store_id, '${ALL_STORES}'), ${startOf("order_id", DAY_MS)} AS start_at, product_id, sum(quantity), sum(revenue), ${latest("order_id")}
    FROM lines GROUP BY GROUPING SETS ((store_id, start_at, product_id), (start_at, product_id))
    ON CONFLICT (scope, start_at, product_id) DO UPDATE
    SET quantity = s.quantity + excluded.quantity, revenue = s.revenue + excluded.revenue,
        last_order_id = greatest(s.last_order_id, excluded.last_order_id)
  )`;

/** $1–$4 events, a column each: store, order, sequence, type. Orders that are not in the sums yet bring theirs later. */
export const ADD_EVENTS = `
  WITH events AS (
    SELECT e.* FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[]) AS e(store_id, order_id, sequence, type), analytics.summed s
    WHERE e.order_id >= s.from_id
  ), differences AS MATERIALIZED (${differencesOf("events")}), ${ADDED}
  SELECT count(*) FROM events`;

/**
 * $1 and $2 the first of the orders' ids and the one behind the last, $3 the cursor's position: adds what the orders
 * were when their last event up to that position had happened. That is what they are, less what the later ones change.
 */
export const ADD_ORDERS = `
  WITH unseen AS (${unseenEvents("$3::bigint", { from: "$1::uuid", until: "$2::uuid" })}),
  differences AS MATERIALIZED (
    SELECT o.store_id, o.id AS order_id, o.total, (${SOLD})::integer AS sold, (o.status = 'REJECTED')::integer AS rejected
    FROM orders.orders o WHERE o.id >= $1::uuid AND o.id < $2::uuid AND (${SOLD} OR o.status = 'REJECTED' OR ${SOLD_AND_CANCELLED})
    UNION ALL
    SELECT store_id, order_id, total, -sold, -rejected FROM (${differencesOf("unseen")}) AS later
  ), ${ADDED}, reached AS (
    UPDATE analytics.summed SET from_id = $1::uuid
  )
  SELECT count(*) FROM differences`;
