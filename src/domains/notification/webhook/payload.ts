/** What webhooks are told, in the form that Standard Webhooks recommends: a type, a time, and the data. Pure. */
import { create, type JsonValue, toJson } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Order } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { OrderEventSchema } from "../../../../gen/bodega/order/v1/order_event_pb.ts";

export interface OrderChange {
  /** Such as order.confirmed. */
  type: string;
  /** Counts the order's changes from 1. */
  sequence: number;
  at: Date;
  /** As of this change. */
  order: Order;
}

/** `data` is an OrderEvent in protobuf's JSON, without a resume token. */
export function orderPayload({ type, sequence, at, order }: OrderChange): string {
  const event = create(OrderEventSchema, { order, sequence, occurTime: timestampFromDate(at) });
  return payload(type, at, toJson(OrderEventSchema, event));
}

export function testPayload(webhookId: string, at: Date): string {
  return payload("test", at, { webhookId });
}

function payload(type: string, at: Date, data: JsonValue): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data });
}
