/** The last orders, with what happened to them since they were read. Pure. */
import type { Order } from "../../../../gen/bodega/order/v1/order_pb.ts";

/** What a person can take in; the list of orders has the rest. */
export const SHOWN = 12;

/**
 * The newest first, each once: as an event told it last, with the names that only the list has. An event of an order
 * that is older than those that are listed is shown too, while it is among the newest.
 * @param changed by events, the latest first
 */
export function latestOf(listed: readonly Order[], changed: readonly Order[]): Order[] {
  const byId = new Map(listed.map((order) => [order.id, order]));
  for (const order of changed.toReversed()) {
    const known = byId.get(order.id);
    // What was read after the event is newer than it.
    if (known !== undefined && versionOf(known) >= versionOf(order)) continue;
    const { buyerName = "", storeName = "" } = known ?? {};
    byId.set(order.id, { ...order, buyerName, storeName });
  }
  // Ids are UUIDv7: their order is that in which orders were placed.
  return [...byId.values()].toSorted((a, b) => (a.id < b.id ? 1 : -1)).slice(0, SHOWN);
}

/** Etags are opaque, but of one order the later change has the later time. */
function versionOf({ updateTime }: Order): bigint {
  return updateTime === undefined ? 0n : updateTime.seconds * 1_000_000_000n + BigInt(updateTime.nanos);
}
