/** Rows of analytics as messages. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import type {
  GetOrderCountsResponseSchema,
  GetSalesSummaryResponseSchema,
} from "../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import {
  type LowStockItemSchema,
  type LowStockStoreSchema,
  type SalesBucketSchema,
  SalesGranularity,
  type TopProductSchema,
} from "../../../gen/bodega/analytics/v1/sales_pb.ts";
import { OrderStatus } from "../../../gen/bodega/order/v1/order_pb.ts";
import { toInt32 } from "../../platform/wire/int32.ts";
import { type Currency, toMoney } from "../../platform/wire/money.ts";
import type { LowStockRow, LowStockStoreRow } from "./low-stock.ts";
import type { OrderCounts } from "./order-counter.ts";
import type { SalesInterval } from "./sales.ts";
import { granularities, type Granularity } from "./intervals.ts";
import type { TopProductRow } from "./top-products.ts";

export function toSalesSummary(
  intervals: SalesInterval[],
  currency: Currency,
): MessageInitShape<typeof GetSalesSummaryResponseSchema> {
  const sum = (of: "confirmed" | "rejected" | "revenue") =>
    intervals.reduce((total, interval) => total + interval[of], 0n);
  return {
    buckets: intervals.map((interval) => toSalesBucket(interval, currency)),
    confirmed: toInt32(sum("confirmed")),
    rejected: toInt32(sum("rejected")),
    revenue: toMoney(sum("revenue"), currency),
  };
}

function toSalesBucket(
  { startMs, confirmed, rejected, revenue }: SalesInterval,
  currency: Currency,
): MessageInitShape<typeof SalesBucketSchema> {
  return {
    startTime: timestampFromMs(startMs),
    confirmed: toInt32(confirmed),
    rejected: toInt32(rejected),
    revenue: toMoney(revenue, currency),
  };
}

export function toTopProduct(row: TopProductRow, currency: Currency): MessageInitShape<typeof TopProductSchema> {
  return {
    productId: row.product_id,
    sku: row.sku,
    title: row.title,
    quantitySold: BigInt(row.quantity),
    revenue: toMoney(BigInt(row.revenue), currency),
  };
}

export function toLowStockItem(row: LowStockRow): MessageInitShape<typeof LowStockItemSchema> {
  return {
    storeId: row.store_id,
    storeName: row.store_name,
    productId: row.product_id,
    sku: row.sku,
    title: row.title,
    quantity: toInt32(row.quantity),
    reserved: toInt32(row.reserved),
    threshold: row.threshold,
  };
}

export function toLowStockStore(row: LowStockStoreRow): MessageInitShape<typeof LowStockStoreSchema> {
  return {
    storeId: row.store_id,
    storeName: row.store_name,
    lowCount: toInt32(row.low),
    soldOutCount: toInt32(row.sold_out),
    threshold: row.threshold,
  };
}

export function toOrderCounts({ counts, held }: OrderCounts): MessageInitShape<typeof GetOrderCountsResponseSchema> {
  return {
    counts: counts.map(({ status, count }) => ({ status: OrderStatus[status], count: toInt32(count) })),
    heldCount: toInt32(held),
  };
}

/** HOUR for UNSPECIFIED. */
export function toGranularity(granularity: SalesGranularity): Granularity {
  return granularities.find((name) => SalesGranularity[name] === granularity) ?? "HOUR";
}
