/** What PostgreSQL holds when a run is over, read at one moment, for the checks. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";

export interface StoredOrder {
  id: string;
  userId: string;
  storeId: string;
  status: string;
  total: number;
  /** As `linesOf` has them. */
  lines: string;
  holdEndsMs: number | undefined;
}

export interface StoredEvent {
  orderId: string;
  userId: string;
  storeId: string;
  sequence: number;
  /** Such as CONFIRMED. */
  type: string;
  /** Of the call that caused it; undefined where nobody called. */
  callId: string | undefined;
  position: number | undefined;
  atMs: number;
}

/** Of an event that is told to somebody. */
export interface Telling {
  orderId: string;
  sequence: number;
  done: boolean;
  /** Held back, since enough of its kind went to its address. */
  suppressed?: boolean;
}

export interface StoredMovements {
  /** Of the call, which staff give as the reason. */
  callId: string;
  count: number;
  /** By store and product, as `linesOf` has them. */
  deltas: string;
}

export interface State {
  orders: StoredOrder[];
  /** By position. */
  events: StoredEvent[];
  movements: StoredMovements[];
  mails: Telling[];
  webhooks: Telling[];
  /** By user. */
  carts: Map<string, Record<string, number>>;
}

/** One snapshot, so that what is read second belongs to what was read first. */
export const ONE_MOMENT = { beginWith: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;" };

export async function readState(database: Sequelize): Promise<State> {
  return withTransaction(
    database,
    async () => ({
      orders: (await runSql<StoredOrder & { holdEndsMs: number | null }>(database, ORDERS)).map((order) => ({
        ...order,
        holdEndsMs: order.holdEndsMs ?? undefined,
      })),
      events: (await runSql<EventRow>(database, EVENTS)).map(({ callId, position, ...event }) => ({
        ...event,
        callId: callId ?? undefined,
        position: position === null ? undefined : Number(position),
      })),
      movements: await runSql<StoredMovements>(database, MOVEMENTS),
      mails: await runSql<Telling>(database, MAILS),
      webhooks: await runSql<Telling>(database, WEBHOOKS),
      carts: cartsOf(await runSql<CartRow>(database, CARTS)),
    }),
    ONE_MOMENT,
  );
}

interface EventRow extends Omit<StoredEvent, "callId" | "position"> {
  callId: string | null;
  position: string | null;
}

const ORDERS = `
  SELECT o.id, o.user_id AS "userId", o.store_id AS "storeId", o.status, o.total::integer AS total,
         extract(epoch FROM o.hold_expires_at)::float8 * 1000 AS "holdEndsMs",
         (SELECT string_agg(i.product_id || '×' || i.quantity, ' ' ORDER BY (i.product_id || '×' || i.quantity) COLLATE "C")
          FROM orders.items i WHERE i.store_id = o.store_id AND i.order_id = o.id) AS lines
  FROM orders.orders o`;

const EVENTS = `
  SELECT e.order_id AS "orderId", o.user_id AS "userId", e.store_id AS "storeId", e.sequence, replace(e.type, 'ORDER_', '') AS type,
         e.request_id AS "callId", e.position, extract(epoch FROM e.created_at)::float8 * 1000 AS "atMs"
  FROM orders.outbox e JOIN orders.orders o ON o.store_id = e.store_id AND o.id = e.order_id
  ORDER BY e.position`;

/** Staff give the call's id as the reason. */
const MOVEMENTS = `
  SELECT reason AS "callId", count(*)::integer AS count,
         string_agg(store_id || ' ' || product_id || '×' || delta, ' ' ORDER BY (store_id || ' ' || product_id) COLLATE "C") AS deltas
  FROM inventory.movements WHERE reason <> '' GROUP BY reason`;

const MAILS = `
  SELECT order_id AS "orderId", sequence, sent_at IS NOT NULL AS done, suppressed FROM email.deliveries WHERE order_id IS NOT NULL`;

const WEBHOOKS = `
  SELECT order_id AS "orderId", (payload::jsonb #>> '{data,sequence}')::integer AS sequence, status = 'SUCCEEDED' AS done
  FROM webhooks.deliveries WHERE order_id IS NOT NULL`;

const CARTS = "SELECT user_id, product_id, quantity FROM carts.items";

interface CartRow {
  user_id: string;
  product_id: string;
  quantity: number;
}

function cartsOf(rows: CartRow[]): State["carts"] {
  const carts: State["carts"] = new Map();
  for (const { user_id, product_id, quantity } of rows)
    carts.set(user_id, { ...carts.get(user_id), [product_id]: quantity });
  return carts;
}
