/** What was taken today, beside the same weekday before; and how many orders stand where. */
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { SalesGranularity } from "../../../../gen/bodega/analytics/v1/sales_pb.ts";
import { OrderStatusSchema } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { moneyText } from "../data/money.ts";
import { enumWords } from "../data/names.ts";
import { Loading, Trouble } from "../parts/states.tsx";
import { Link } from "../route.tsx";
import { comparisonWords, words } from "../words/today.ts";
import { localText, stamp, timeZone } from "./clock.ts";
import { compare, type Span, today, weekBefore } from "./compare.ts";

const { getSalesSummary, getOrderCounts } = AnalyticsService.method;
const KEPT = { placeholderData: keepPreviousData };

export interface DayProps {
  /** The minute that runs. */
  minute: number;
  /** "" for all. */
  storeId: string;
}

export function DayFigures({ minute, storeId }: DayProps) {
  const { startMs } = today(minute);
  const sales = useQuery(getSalesSummary, asked({ startMs, endMs: undefined }, storeId), KEPT);
  const counts = useQuery(getOrderCounts, { startTime: stamp(startMs), storeId }, KEPT);
  const failed = [sales, counts].find(({ isError }) => isError);
  if (failed !== undefined) return <Trouble error={failed.error} retry={() => void failed.refetch()} />;
  if (sales.data === undefined || counts.data === undefined) return <Loading what={words.counting} />;
  const from = encodeURIComponent(localText(startMs));
  const here = storeId === "" ? "" : `&store=${storeId}`;
  return (
    <dl className="figures" aria-label={words.heading}>
      <Figure name={words.revenue} more={<Compared revenue={sales.data.revenue} minute={minute} storeId={storeId} />}>
        {moneyText(sales.data.revenue)}
      </Figure>
      {counts.data.counts.map(({ status, count }) => (
        <Figure key={status} name={words.orders(enumWords(OrderStatusSchema, status))}>
          <Link to={`/orders?status=${status}&from=${from}${here}`}>{count.toLocaleString("en")}</Link>
        </Figure>
      ))}
    </dl>
  );
}

function Figure({ name, more, children }: { name: string; more?: ReactNode; children: ReactNode }) {
  return (
    <div className={more === undefined ? undefined : "wide"}>
      <dt>{name}</dt>
      <dd>{children}</dd>
      {more}
    </div>
  );
}

type Revenue = Parameters<typeof compare>[0];

function Compared({ revenue, minute, storeId }: DayProps & { revenue: Revenue }) {
  const span = weekBefore(minute);
  // In the first minute of a day there is nothing to compare.
  const enabled = span.endMs > span.startMs;
  const { data } = useQuery(getSalesSummary, asked(span, storeId), { ...KEPT, enabled });
  if (!enabled || data === undefined) return null;
  const then = new Date(span.endMs);
  const said = comparisonWords(compare(revenue, data.revenue), {
    before: moneyText(data.revenue),
    day: then.toLocaleDateString("en", { weekday: "long" }),
    time: then.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  });
  return <dd className="small">{said}</dd>;
}

/** By days of the browser's zone: an interval is counted from its beginning, and a day's is its midnight. */
function asked({ startMs, endMs }: Omit<Span, "endMs"> & { endMs: number | undefined }, storeId: string) {
  const endTime = endMs === undefined ? undefined : stamp(endMs);
  return { startTime: stamp(startMs), endTime, granularity: SalesGranularity.DAY, timeZone, storeId };
}
