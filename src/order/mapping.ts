/** Orders as messages: as they were just placed, and as rows tell them. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { OrderCancelReason, type OrderItemSchema, type OrderSchema, OrderStatus, type ShortItemSchema, type StoreOrderSchema } from "../../gen/bodega/order/v1/order_pb.ts";
import type { QuoteOrderResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { etagOf } from "../platform/etag.ts";
import { type Currency, toMoney } from "../platform/money.ts";
import { type ItemRow, type OrderRow, type OrderStatus as Status, statuses } from "./model.ts";
import type { OrderWithItems } from "./orders.ts";
import type { PlacedLine, PlacedOrder } from "./placement.ts";

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

export function storeOrder(order: OrderRow, currency: Currency): MessageInitShape<typeof StoreOrderSchema> {
  return {
    id: order.id,
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

/** The filter's status; undefined for UNSPECIFIED, which means all. */
export function toStatus(status: OrderStatus): Status | undefined {
  return statuses.find((name) => OrderStatus[name] === status);
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
