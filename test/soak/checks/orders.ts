/**
 * Orders: what was acknowledged is there once and as it was told, and nothing is there that nobody asked for. Pure.
 *
 * Each event in the database carries the x-request-id of the call that caused it, so that every call can be held against
 * what it did, also one that was never answered: an answer stands for exactly one event, a refusal for none, and where
 * any attempt's fate is unknown there may be one, and never two.
 */
import { type Call, isPassing, isTainted, type What } from "../history.ts";
import type { State, StoredEvent, StoredOrder } from "../state.ts";

/** What leads to which event; a placed order's is told by its answer. */
const WRITES = new Map<What, string | undefined>([
  ["place", undefined],
  ["check out", undefined],
  ["confirm", "CONFIRMED"],
  ["cancel", "CANCELLED"],
  ["ship", "SHIPPED"],
  ["deliver", "DELIVERED"],
]);

export function brokenOrders(calls: Call[], { orders, events }: Pick<State, "orders" | "events">): string[] {
  const writing = calls.filter(({ what }) => WRITES.has(what));
  const byCall = Map.groupBy(events, ({ callId }) => callId);
  const byOrder = Map.groupBy(events, ({ orderId }) => orderId);
  const stored = new Map(orders.map((order) => [order.id, order]));
  return [
    ...writing.flatMap((call) => brokenCall(call, byCall.get(call.id) ?? [])),
    ...calls.flatMap((call) => brokenAnswers(call, stored)),
    ...unasked(events, new Set(writing.map(({ id }) => id)), stored),
    ...orders.flatMap((order) => brokenOrder(order, byOrder.get(order.id) ?? [])),
  ];
}

function brokenCall(call: Call, caused: StoredEvent[]): string[] {
  const said = `the ${call.what} ${call.id}`;
  if (caused.length > 1) return [`${said} was done ${caused.length} times`];
  const [event] = caused;
  if (call.outcome === "answered") {
    const type = WRITES.get(call.what) ?? call.order?.status;
    if (event === undefined) return [`${said} was acknowledged, and nothing came of it`];
    if (event.orderId !== call.order?.id || event.type !== type) {
      return [`${said} was told to be order ${call.order?.id} ${type}, and is ${event.orderId} ${event.type}`];
    }
  }
  return call.outcome === "refused" && !isTainted(call) && event !== undefined ? [`${said} was refused, and done`] : [];
}

/** Every answer to one call names the one order, and what it says of it is stored. */
function brokenAnswers({ what, id, attempts }: Call, stored: Map<string, StoredOrder>): string[] {
  const told = attempts.flatMap(({ order }) => order ?? []);
  const ids = new Set(told.map((order) => order.id));
  if (told.length > 0 && attempts.some((one) => one.outcome === "refused" && !isPassing(one)))
    return [`the ${what} ${id} was both acknowledged and refused`];
  if (ids.size > 1) return [`the ${what} ${id} was told to be several orders: ${[...ids].join(", ")}`];
  return told.flatMap((order) => {
    const kept = stored.get(order.id);
    if (kept === undefined) return [`order ${order.id} was acknowledged, and is missing`];
    const same = kept.lines === order.lines && kept.total === order.total;
    return same
      ? []
      : [`order ${order.id} was told as ${order.lines} for ${order.total}, and is ${kept.lines} for ${kept.total}`];
  });
}

/** Without a call only a hold ends, and not before its time. */
function unasked(events: StoredEvent[], asked: Set<string>, stored: Map<string, StoredOrder>): string[] {
  return events.flatMap(({ orderId, type, callId, atMs }) => {
    if (callId !== undefined)
      return asked.has(callId) ? [] : [`order ${orderId} became ${type} by ${callId}, and nobody called so`];
    const endsMs = stored.get(orderId)?.holdEndsMs;
    return type === "CANCELLED" && endsMs !== undefined && endsMs <= atMs
      ? []
      : [`order ${orderId} became ${type} by itself`];
  });
}

/** The one way from status to status. */
const NEXT: Record<string, string[]> = {
  "": ["PENDING", "CONFIRMED", "REJECTED"],
  PENDING: ["CONFIRMED", "CANCELLED"],
  CONFIRMED: ["CANCELLED", "SHIPPED"],
  SHIPPED: ["DELIVERED"],
};

function brokenOrder({ id, status }: StoredOrder, events: StoredEvent[]): string[] {
  const types = events.toSorted((a, b) => a.sequence - b.sequence).map(({ type }) => type);
  const wrong =
    types.some((type, index) => NEXT[types[index - 1] ?? ""]?.includes(type) !== true) || types.at(-1) !== status;
  return wrong ? [`order ${id} is ${status}, by way of ${types.join(", ") || "nothing"}`] : [];
}
