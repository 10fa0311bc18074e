/** The RPC surface of analytics: what was sold, and what runs out. */
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { AnalyticsService } from "../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { invalidField } from "../../platform/errors/failure.ts";
import { wholeMsFrom } from "../../platform/wire/uuid.ts";
import type { Currency } from "../../platform/wire/money.ts";
import { type Service, service } from "../../rpc/service.ts";
import type { OrderCounter } from "./order-counter.ts";
import type { LowStock } from "./low-stock.ts";
import {
  toGranularity,
  toLowStockItem,
  toLowStockStore,
  toOrderCounts,
  toSalesSummary,
  toTopProduct,
} from "./mapping.ts";
import type { Sales } from "./sales.ts";
import { DAY_MS, type Period, intervalsOf } from "./intervals.ts";
import type { TopProducts } from "./top-products.ts";

export interface AnalyticsDeps {
  sales: Sales;
  orderCounter: OrderCounter;
  topProducts: TopProducts;
  lowStock: LowStock;
  /** @throws Failure STORE_NOT_FOUND */
  requireStore: (id: string) => Promise<void>;
  currency: Currency;
}

const SALES_PERIOD_MS = DAY_MS;
const TOP_PRODUCTS_PERIOD_MS = 30 * DAY_MS;

export function analyticsService({
  sales,
  orderCounter,
  topProducts,
  lowStock,
  requireStore,
  currency,
}: AnalyticsDeps): Service {
  const storeOf = async (id: string) => {
    if (id === "") return undefined;
    await requireStore(id);
    return id;
  };
  return service(AnalyticsService, {
    async getSalesSummary({ startTime, endTime, granularity, storeId, timeZone }, call) {
      const period = periodOf({ startTime, endTime }, SALES_PERIOD_MS);
      const starts = intervalsOf(period, toGranularity(granularity), timeZone);
      return toSalesSummary(await sales.overTime({ period, starts, storeId: await storeOf(storeId) }, call), currency);
    },

    async listTopProducts({ startTime, endTime, storeId, ...page }, call) {
      const asked = { startMs: wholeMsFrom(startTime), endMs: wholeMsFrom(endTime) };
      const period = periodOf({ startTime, endTime }, TOP_PRODUCTS_PERIOD_MS);
      const query = { asked, period, storeId: await storeOf(storeId) };
      const { rows, nextPageToken } = await topProducts.list(query, page, call);
      return { products: rows.map((row) => toTopProduct(row, currency)), nextPageToken };
    },

    async getOrderCounts({ startTime, endTime, storeId }, call) {
      const period = periodOf({ startTime, endTime }, SALES_PERIOD_MS);
      return toOrderCounts(await orderCounter.count({ period, storeId: await storeOf(storeId) }, call));
    },

    async listLowStockStores({ storeId, ...page }, call) {
      const { rows, nextPageToken } = await lowStock.listStores(await storeOf(storeId), page, call);
      return { stores: rows.map(toLowStockStore), nextPageToken };
    },

    async listLowStock({ storeId, threshold, ...page }, call) {
      const { rows, nextPageToken } = await lowStock.list({ storeId: await storeOf(storeId), threshold }, page, call);
      return { items: rows.map(toLowStockItem), nextPageToken };
    },
  });
}

/** @throws Failure INVALID_FIELDS for a period that begins in the future and has no end */
function periodOf(
  { startTime, endTime }: { startTime: Timestamp | undefined; endTime: Timestamp | undefined },
  lengthMs: number,
): Period {
  const endMs = wholeMsFrom(endTime) ?? Date.now();
  const startMs = wholeMsFrom(startTime) ?? Math.max(0, endMs - lengthMs);
  if (startMs >= endMs) throw invalidField("start_time", "must be before end_time, which is now where it is left out");
  return { startMs, endMs };
}
