/** A change of an order, as those who watch get it. */
import type { Order } from "../../../gen/bodega/order/v1/order_pb.ts";
import type { Filtered } from "./watch/watch-filter.ts";

export interface OrderEvent extends Filtered {
  position: bigint;
  /** Counts the order's changes from 1; also the order's version after it. */
  sequence: number;
  /** Such as ORDER_CONFIRMED. */
  type: string;
  at: Date;
}

/** A change as watchers get it: one message, shared by all of them. */
export interface OrderChange {
  change: OrderEvent;
  order: Order;
}
