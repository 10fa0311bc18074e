/** The last hour by minute: orders, and what they brought. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { type SalesBucket, SalesGranularity } from "../../../../gen/bodega/analytics/v1/sales_pb.ts";
import { numberOfMoney } from "../data/money.ts";
import { Plot } from "../parts/plot.tsx";
import { Trouble } from "../parts/states.tsx";
import { words } from "../words/today.ts";
import { MINUTE_MS, stamp } from "./clock.ts";
import type { DayProps } from "./revenue.tsx";

const WINDOW_MINUTES = 60;

export function LastHour({ minute, storeId }: DayProps) {
  const startTime = stamp(minute - WINDOW_MINUTES * MINUTE_MS);
  const hour = useQuery(
    AnalyticsService.method.getSalesSummary,
    { startTime, granularity: SalesGranularity.MINUTE, storeId },
    { placeholderData: keepPreviousData },
  );
  if (hour.isError) return <Trouble error={hour.error} retry={() => void hour.refetch()} />;
  return hour.data === undefined ? null : <Plots buckets={hour.data.buckets} />;
}

function Plots({ buckets }: { buckets: SalesBucket[] }) {
  const times = buckets.map(({ startTime }) => (startTime === undefined ? 0 : timestampMs(startTime) / 1_000));
  const confirmed = buckets.map((bucket) => bucket.confirmed);
  const rejected = buckets.map((bucket) => bucket.rejected);
  const revenue = buckets.map((bucket) => (bucket.revenue === undefined ? 0 : numberOfMoney(bucket.revenue)));
  const sum = (values: number[]) => values.reduce((all, one) => all + one, 0).toLocaleString("en");
  return (
    <div className="plots">
      <Plot
        title={words.ordersPlot}
        times={times}
        // Drawn one over the other: all orders, and of them those that were rejected.
        series={[
          {
            label: words.confirmed,
            color: "--good",
            values: confirmed.map((one, index) => one + (rejected[index] ?? 0)),
          },
          { label: words.rejected, color: "--bad", values: rejected },
        ]}
        format={(value) => (Number.isInteger(value) ? value.toLocaleString("en") : "")}
        words={words.ordersPlotSaid(sum(confirmed), sum(rejected))}
      />
      <Plot
        title={words.revenuePlot}
        times={times}
        series={[{ label: words.revenueLine, color: "--accent", values: revenue }]}
        format={(value) => value.toLocaleString("en", { notation: "compact" })}
        words={words.revenuePlotSaid(sum(revenue))}
      />
    </div>
  );
}
