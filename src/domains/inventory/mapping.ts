/** Rows of inventory as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { InventoryItemSchema, StockSchema } from "../../../gen/bodega/inventory/v1/stock_pb.ts";
import { type StockMovementSchema, StockMovementKind } from "../../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import type { StoreSchema } from "../../../gen/bodega/inventory/v1/store_pb.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import { timeOfId } from "../../platform/wire/uuid.ts";
import { toInt32 } from "../../platform/wire/int32.ts";
import { type Currency, toMoney } from "../../platform/wire/money.ts";
import { type MovementKind, movementKinds, type MovementRow } from "./stock-ledger.ts";
import type { StoreRow } from "./model.ts";
import type { InventoryRow, StoreQuantity } from "./stock.ts";

export function toStore(row: StoreRow): MessageInitShape<typeof StoreSchema> {
  return {
    id: row.id,
    name: row.name,
    address: row.address,
    phone: row.phone,
    active: row.active,
    lowStockThreshold: row.lowStockThreshold,
    createTime: timestampFromDate(row.createdAt),
    updateTime: timestampFromDate(row.updatedAt),
    etag: etagOf(row.version),
  };
}

export function toStock(row: StoreQuantity): MessageInitShape<typeof StockSchema> {
  return {
    storeId: row.store_id,
    storeName: row.store_name,
    productId: row.product_id,
    quantity: toInt32(row.quantity),
    reserved: toInt32(row.reserved),
    updateTime: row.updated_at === null ? undefined : timestampFromDate(row.updated_at),
  };
}

/** What all of them can sell together. */
export function totalOf(rows: StoreQuantity[]): number {
  return toInt32(rows.reduce((sum, { quantity }) => sum + BigInt(quantity), 0n));
}

export function toInventoryItem(row: InventoryRow, currency: Currency): MessageInitShape<typeof InventoryItemSchema> {
  return {
    productId: row.product_id,
    title: row.title,
    sku: row.sku,
    price: toMoney(BigInt(row.price), currency),
    category: row.category,
    quantity: toInt32(row.quantity),
    reserved: toInt32(row.reserved),
  };
}

export function toMovement(row: MovementRow): MessageInitShape<typeof StockMovementSchema> {
  return {
    id: row.id,
    storeId: row.store_id,
    productId: row.product_id,
    kind: StockMovementKind[row.kind],
    delta: toInt32(row.delta),
    reservedDelta: toInt32(row.reserved_delta),
    reason: row.reason,
    orderId: row.order_id ?? "",
    actorId: row.actor_id ?? "",
    createTime: timestampFromDate(timeOfId(row.id)),
  };
}

/** The filter's kind; undefined for UNSPECIFIED, which means all. */
export function toKind(kind: StockMovementKind): MovementKind | undefined {
  return movementKinds.find((name) => StockMovementKind[name] === kind);
}
