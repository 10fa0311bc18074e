/**
 * Makes of each event a delivery for every active webhook that wants it, in the transaction in which the relay moves
 * its cursor: so each event becomes one delivery, whatever dies.
 */
import type { Sequelize } from "sequelize";
import { orderAsOf } from "../../order/mapping.ts";
import type { Orders } from "../../order/orders.ts";
import type { EventHandler, OutboxEvent } from "../../../outbox/outbox.ts";
import { runSql } from "../../../platform/database/database.ts";
import { eventName } from "../../../outbox/event-name.ts";
import type { Currency } from "../../../platform/wire/money.ts";
import type { Cause } from "../../../platform/context/cause.ts";
import { afterCommit } from "../../../platform/database/transaction.ts";
import { orderPayload } from "./payload.ts";

export interface FanOutDeps {
  database: Sequelize;
  orders: Orders;
  currency: Currency;
  /** Told after the commit: there are deliveries. */
  wake: () => void;
}

/** An event with the order as of then, ready to be sent. */
interface Told extends Partial<Cause> {
  orderId: string;
  type: string;
  payload: string;
}

/** What the relay hands events to. */
export function webhookEventHandler(parts: FanOutDeps): EventHandler {
  return async (events) => {
    const wanted = await wantedOf(parts.database, events);
    if (wanted.length === 0) return;
    await insert(parts.database, await withPayloads(wanted, parts));
    await afterCommit(async () => parts.wake());
  };
}

/** Without a webhook that wants them, events cost one small statement for each batch. */
async function wantedOf(database: Sequelize, events: readonly OutboxEvent[]): Promise<OutboxEvent[]> {
  const webhooks = await runSql<{ eventTypes: string[] }>(
    database,
    `SELECT DISTINCT event_types AS "eventTypes" FROM webhooks.webhooks WHERE active`,
  );
  const all = webhooks.some(({ eventTypes }) => eventTypes.length === 0);
  const named = new Set(webhooks.flatMap(({ eventTypes }) => eventTypes));
  return events.filter(({ type }) => all || named.has(eventName(type)));
}

async function withPayloads(events: OutboxEvent[], { database, orders, currency }: FanOutDeps): Promise<Told[]> {
  const times = await timesOf(database, events);
  const stored = await orders.all(events.map(({ storeId, orderId }) => ({ storeId, id: orderId })));
  const byId = new Map(stored.map((found) => [found.order.id, found]));
  return events.flatMap(({ orderId, sequence, type, requestId, traceparent }) => {
    const found = byId.get(orderId);
    const at = times.get(`${orderId} ${sequence}`);
    if (found === undefined || at === undefined) return [];
    const order = orderAsOf({ type, sequence, at }, found, currency);
    const payload = orderPayload({ type: eventName(type), sequence, at, order });
    return [{ orderId, type: eventName(type), payload, requestId, traceparent }];
  });
}

/** When each event happened, by order and sequence. */
async function timesOf(database: Sequelize, events: OutboxEvent[]): Promise<Map<string, Date>> {
  const rows = await runSql<{ key: string; at: Date }>(
    database,
    `SELECT e.order_id || ' ' || e.sequence AS key, e.created_at AS at
     FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS wanted(store_id, order_id, sequence)
     JOIN orders.outbox e USING (store_id, order_id, sequence)`,
    [
      events.map(({ storeId }) => storeId),
      events.map(({ orderId }) => orderId),
      events.map(({ sequence }) => sequence),
    ],
  );
  return new Map(rows.map(({ key, at }) => [key, at]));
}

async function insert(database: Sequelize, told: Told[]): Promise<void> {
  await runSql(
    database,
    `INSERT INTO webhooks.deliveries (webhook_id, event_type, order_id, payload, request_id, traceparent)
     SELECT w.id, e.type, e.order_id, e.payload, e.request_id, e.traceparent
     FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[]) WITH ORDINALITY
       AS e(type, order_id, payload, request_id, traceparent, n)
     JOIN webhooks.webhooks w ON w.active AND (w.event_types = '{}' OR e.type = ANY(w.event_types))
     ORDER BY e.n, w.id`,
    [
      told.map(({ type }) => type),
      told.map(({ orderId }) => orderId),
      told.map(({ payload }) => payload),
      told.map(({ requestId }) => requestId ?? null),
      told.map(({ traceparent }) => traceparent ?? null),
    ],
  );
}
