/** An order's status, in its colour and its word. */
import { OrderStatus, OrderStatusSchema } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { enumWords } from "../data/names.ts";
import { Badge, type Tone } from "../parts/format.tsx";

const tones: Record<OrderStatus, Tone> = {
  [OrderStatus.UNSPECIFIED]: "plain",
  [OrderStatus.PENDING]: "wait",
  [OrderStatus.CONFIRMED]: "good",
  [OrderStatus.REJECTED]: "bad",
  [OrderStatus.CANCELLED]: "plain",
  [OrderStatus.SHIPPED]: "good",
  [OrderStatus.DELIVERED]: "good",
};

export function Status({ status }: { status: OrderStatus }) {
  return <Badge words={enumWords(OrderStatusSchema, status)} tone={tones[status] ?? "plain"} />;
}
