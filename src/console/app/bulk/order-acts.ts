/** What can be done to many orders at once. */
import { type Order, OrderStatus, OrderStatusSchema } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { enumWords } from "../data/names.ts";
import { transport } from "../data/transport.ts";
import { steps } from "../resources/order.ts";
import type { Act } from "./act.ts";
import { words } from "../words/screens/orders.ts";

export const orderActs: readonly Act<Order>[] = [
  {
    words: words.ship,
    method: steps.ship.method,
    plan(row) {
      if (row.status !== OrderStatus.CONFIRMED) return words.notConfirmed(enumWords(OrderStatusSchema, row.status));
      return {
        row,
        words: words.shipped,
        send: async (from) => void (await steps.ship.send(transport, from)),
        isDone: ({ status }) => status === OrderStatus.SHIPPED || status === OrderStatus.DELIVERED,
      };
    },
  },
];
