/** Orders as messages: as they were just placed, and as rows tell them. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Timestamp, timestampFromDate, timestampNow } from "@bufbuild/protobuf/wkt";
import {
  type Order,
  OrderCancelReason,
  type OrderItemSchema,
  OrderSchema,
  OrderStatus,
  type ShortItemSchema,
  type StoreOrderSchema,
} from "../../../gen/bodega/order/v1/order_pb.ts";
import type {
  QuoteOrderResponseSchema,
  WatchOrdersResponseSchema,
} from "../../../gen/bodega/order/v1/order_service_pb.ts";
import type { Money } from "../../../gen/google/type/money_pb.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import { type Currency, fromMoney, toMoney } from "../../platform/wire/money.ts";
import { wholeMsFrom } from "../../platform/wire/uuid.ts";
import { type ItemRow, type OrderRow, type OrderStatus as Status, statuses } from "./model.ts";
import type { OrderFilter } from "./order-filter.ts";
import type { OrderWithItems } from "./orders.ts";
import type { ExpectedTotal, PlacedLine, PlacedOrder } from "./place/decide.ts";
import type { OrderEvent, OrderChange } from "./order-change.ts";

export type WatchMessage = MessageInitShape<typeof WatchOrdersResponseSchema>;
type OrderMessage = MessageInitShape<typeof OrderSchema>;

export function placedOrder(order: PlacedOrder, currency: Currency): OrderMessage {
  const createTime = timestampFromDate(order.createdAt);
  return {
    id: order.id,
    userId: order.userId,
    storeId: order.storeId,
    status: OrderStatus[order.status],
    items: order.lines.map((line) => toItem(line, currency)),
    subtotal: toMoney(order.subtotal, currency),
    discount: toMoney(order.discount, currency),
    total: toMoney(order.total, currency),
    promoCode: order.promoCode,
    shortItems: order.lines.flatMap(toShortItem),
    holdExpireTime: order.holdExpiresAt === undefined ? undefined : timestampFromDate(order.holdExpiresAt),
    createTime,
    updateTime: createTime,
    etag: etagOf(1),
  };
}

export function storedOrder({ order, items }: OrderWithItems, currency: Currency): OrderMessage {
  const lines = items.map(toLine);
  return {
    id: order.id,
    userId: order.userId,
    storeId: order.storeId,
    status: OrderStatus[order.status],
    items: lines.map((line) => toItem(line, currency)),
    subtotal: toMoney(BigInt(order.subtotal), currency),
    discount: toMoney(BigInt(order.discount), currency),
    total: toMoney(BigInt(order.total), currency),
    promoCode: order.promoCode,
    shortItems: lines.flatMap(toShortItem),
    holdExpireTime: order.holdExpiresAt == null ? undefined : timestampFromDate(order.holdExpiresAt),
    createTime: timestampFromDate(order.createdAt),
    updateTime: timestampFromDate(order.updatedAt),
    etag: etagOf(order.version),
    cancelReason: order.cancelReason === null ? undefined : OrderCancelReason[order.cancelReason],
  };
}

/** The order as a change left it: what a step changes is the change's own, the rest is what was placed. */
export function orderAsOf(
  { type, sequence, at }: Pick<OrderEvent, "type" | "sequence" | "at">,
  stored: OrderWithItems,
  currency: Currency,
): Order {
  const order = create(OrderSchema, storedOrder(stored, currency));
  const status = statusOfEvent(type);
  order.status = OrderStatus[status];
  if (status !== "CANCELLED") order.cancelReason = OrderCancelReason.UNSPECIFIED;
  order.updateTime = timestampFromDate(sequence === 1 ? stored.order.createdAt : at);
  order.etag = etagOf(sequence);
  return order;
}

/** A change, or undefined for a heartbeat. */
export function watchMessage(changed: OrderChange | undefined, resumeToken: string): WatchMessage {
  if (changed === undefined) return { message: { case: "heartbeat", value: { time: timestampNow(), resumeToken } } };
  return { message: { case: "event", value: orderEvent(changed, resumeToken) } };
}

export function orderEvent({ change, order }: OrderChange, resumeToken = "") {
  return { order, sequence: change.sequence, occurTime: timestampFromDate(change.at), resumeToken };
}

export function storeOrder(order: OrderRow, currency: Currency): MessageInitShape<typeof StoreOrderSchema> {
  return {
    id: order.id,
    userId: order.userId,
    status: OrderStatus[order.status],
    createTime: timestampFromDate(order.createdAt),
    totalItems: order.totalItems,
    total: toMoney(BigInt(order.total), currency),
  };
}

export function toQuote(order: PlacedOrder, currency: Currency): MessageInitShape<typeof QuoteOrderResponseSchema> {
  return {
    lines: order.lines.map((line) => toItem(line, currency)),
    subtotal: toMoney(order.subtotal, currency),
    discount: toMoney(order.discount, currency),
    total: toMoney(order.total, currency),
    wouldBeConfirmed: order.status !== "REJECTED",
    shortItems: order.lines.flatMap(toShortItem),
  };
}

/** @throws Failure WRONG_CURRENCY, AMOUNT_TOO_PRECISE */
export function toExpectedTotal(money: Money | undefined, currency: Currency): ExpectedTotal | undefined {
  return money === undefined ? undefined : { amount: fromMoney(money, currency, "expected_total"), currency };
}

interface AskedOrders {
  status: OrderStatus;
  startTime?: Timestamp | undefined;
  endTime?: Timestamp | undefined;
  query: string;
}

/** What ListOrders and ListStoreOrders ask for alike. */
export function toFilter({ status, startTime, endTime, query }: AskedOrders): OrderFilter {
  return {
    status: toStatus(status),
    startMs: wholeMsFrom(startTime),
    endMs: wholeMsFrom(endTime),
    query: query.trim() === "" ? undefined : query.trim(),
  };
}

/** The filter's status; undefined for UNSPECIFIED, which means all. */
export function toStatus(status: OrderStatus): Status | undefined {
  return statuses.find((name) => OrderStatus[name] === status);
}

/** ORDER_CONFIRMED is what an order became. */
function statusOfEvent(type: string): Status {
  const status = statuses.find((name) => type === `ORDER_${name}`);
  if (status === undefined) throw new TypeError(`the outbox has an event of type ${type}`);
  return status;
}

function toLine(row: ItemRow): PlacedLine {
  return {
    productId: row.productId,
    sku: row.sku,
    title: row.title,
    unitPrice: BigInt(row.unitPrice),
    active: true,
    quantity: Number(row.quantity),
    lineTotal: BigInt(row.lineTotal),
    discount: BigInt(row.discount),
    available: row.available === null ? undefined : Number(row.available),
  };
}

function toItem(line: PlacedLine, currency: Currency): MessageInitShape<typeof OrderItemSchema> {
  return {
    productId: line.productId,
    sku: line.sku,
    title: line.title,
    quantityRequested: line.quantity,
    unitPrice: toMoney(line.unitPrice, currency),
    lineTotal: toMoney(line.lineTotal, currency),
    discount: toMoney(line.discount, currency),
  };
}

function toShortItem(line: PlacedLine): MessageInitShape<typeof ShortItemSchema>[] {
  if (line.available === undefined) return [];
  const { productId, sku, title, quantity, available } = line;
  return [{ productId, sku, title, quantityRequested: quantity, quantityAvailable: available }];
}
