/** Orders: they are listed and moved on, never edited. */
import { create } from "@bufbuild/protobuf";
import { type Order, OrderSchema, OrderStatus } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { OrderService } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import { among, momentOf, type Query, reading, type Resource } from "./resource.ts";
import { things } from "../words/things.ts";

const { method } = OrderService;

export const orders: Resource<Order> = {
  path: "orders",
  ...things.order,
  schema: OrderSchema,
  blank: () => create(OrderSchema),
  title: ({ id }) => id,
  list: reading(
    method.listOrders,
    ({ query, filters, pageSize, pageToken }: Query) => ({
      pageSize,
      pageToken,
      query,
      userId: filters["user"] ?? "",
      storeId: filters["store"] ?? "",
      status: among(OrderStatus, filters["status"]),
      startTime: momentOf(filters["from"]),
      endTime: momentOf(filters["until"]),
    }),
    ({ orders, nextPageToken }) => ({ rows: orders, nextPageToken }),
  ),
  get: reading(
    method.getOrder,
    (id: string) => ({ id }),
    ({ order }) => order,
  ),
};

/** What can be done with an order, with the etag that was read; whether it may be done now, the server says. */
export const steps = {
  confirm: reading(
    method.confirmOrder,
    ({ id, etag }: Order) => ({ id, etag }),
    ({ order }) => order,
  ),
  ship: reading(
    method.shipOrder,
    ({ id, etag }: Order) => ({ id, etag }),
    ({ order }) => order,
  ),
  deliver: reading(
    method.deliverOrder,
    ({ id, etag }: Order) => ({ id, etag }),
    ({ order }) => order,
  ),
  cancel: reading(
    method.cancelOrder,
    ({ id, etag }: Order) => ({ id, etag }),
    ({ order }) => order,
  ),
};
