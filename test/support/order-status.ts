/** The names of order statuses, as tests compare them. */
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";

const names = new Map<number, string>(Object.entries(OrderStatus).map(([name, number]) => [number, name]));

export function statusName(status: OrderStatus | undefined): string {
  return names.get(status ?? 0) ?? "";
}
