/** The newest changes of orders, for the screen that shows them. */
import { useEffect, useState } from "react";
import type { Order } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { transport } from "../data/transport.ts";
import { type WatchState, watchOrders } from "../data/watch.ts";

/** What a person can take in; the list of orders has the rest. */
const SHOWN = 12;

export interface ShownEvent {
  /** Of this change and no other. */
  key: string;
  order: Order;
}

export function useOrderEvents(): { events: readonly ShownEvent[]; state: WatchState } {
  const [events, setEvents] = useState<readonly ShownEvent[]>([]);
  const [state, setState] = useState<WatchState>("connecting");
  useEffect(() => {
    const leaving = new AbortController();
    void watchOrders({
      transport,
      signal: leaving.signal,
      state: setState,
      event({ order, sequence }) {
        if (order !== undefined)
          setEvents((before) => [{ key: `${order.id}/${sequence}`, order }, ...before].slice(0, SHOWN));
      },
    });
    return () => leaving.abort();
  }, []);
  return { events, state };
}
