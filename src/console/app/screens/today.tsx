/** Today: how the shop does right now, moving with every order. */
import type { MessageShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { SalesGranularity } from "../../../../gen/bodega/analytics/v1/sales_pb.ts";
import { moneyText, numberOfMoney } from "../data/money.ts";
import { DeliveryHealth } from "../parts/delivery-health.tsx";
import { LiveOrders } from "../orders/live-orders.tsx";
import { Heading } from "../parts/heading.tsx";
import { Loading, Trouble } from "../parts/states.tsx";
import { Plot } from "../parts/plot.tsx";
import { LowStock, TopProducts } from "../parts/rankings.tsx";
import { useOrderEvents } from "../orders/order-events.ts";

/** The plots show so much of the past, by minute. */
const WINDOW_MINUTES = 60;
/** Without any order the minutes move on all the same. */
const CLOCK_MS = 60_000;
/** Orders come in crowds: the figures are asked for at most this often. */
const REFRESH_MS = 1_500;

export function Today() {
  const { events, state } = useOrderEvents();
  const minute = useMinute();
  const dayStart = useMemo(() => new Date().setHours(0, 0, 0, 0), [minute]);
  useRefresh(events.length === 0 ? 0 : events[0]?.key);
  const day = useQuery(
    AnalyticsService.method.getSalesSummary,
    { startTime: stamp(dayStart), granularity: SalesGranularity.HOUR },
    { placeholderData: keepPreviousData },
  );
  const hour = useQuery(
    AnalyticsService.method.getSalesSummary,
    { startTime: stamp(minute - WINDOW_MINUTES * 60_000), granularity: SalesGranularity.MINUTE },
    { placeholderData: keepPreviousData },
  );
  return (
    <section>
      <Heading
        actions={
          <span className={`live ${state}`} role="status">
            {{ connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…" }[state]}
          </span>
        }
      >
        Today
      </Heading>
      <DeliveryHealth />
      {day.isPending ? <Loading what="Counting" /> : null}
      {day.isError ? <Trouble error={day.error} retry={() => void day.refetch()} /> : null}
      {day.data === undefined ? null : <DayFigures summary={day.data} />}
      {hour.isError ? <Trouble error={hour.error} retry={() => void hour.refetch()} /> : null}
      {hour.data === undefined ? null : <Plots buckets={hour.data.buckets} />}
      <div className="columns">
        <LiveOrders events={events} />
        <TopProducts start={stamp(dayStart)} />
        <LowStock />
      </div>
    </section>
  );
}

type Summary = MessageShape<typeof AnalyticsService.method.getSalesSummary.output>;

function DayFigures({ summary }: { summary: Summary }) {
  return (
    <dl className="figures">
      <div>
        <dt>Revenue today</dt>
        <dd>{moneyText(summary.revenue)}</dd>
      </div>
      <div>
        <dt>Orders confirmed</dt>
        <dd>{summary.confirmed.toLocaleString("en")}</dd>
      </div>
      <div>
        <dt>Orders rejected</dt>
        <dd>{summary.rejected.toLocaleString("en")}</dd>
      </div>
    </dl>
  );
}

function Plots({ buckets }: { buckets: Summary["buckets"] }) {
  const times = buckets.map(({ startTime }) => (startTime === undefined ? 0 : timestampMs(startTime) / 1000));
  const confirmed = buckets.map((bucket) => bucket.confirmed);
  const rejected = buckets.map((bucket) => bucket.rejected);
  const revenue = buckets.map((bucket) => (bucket.revenue === undefined ? 0 : numberOfMoney(bucket.revenue)));
  const sum = (values: number[]) => values.reduce((all, one) => all + one, 0).toLocaleString("en");
  return (
    <div className="plots">
      <Plot
        title="Orders by minute, the last hour"
        times={times}
        // Drawn one over the other: all orders, and of them those that were rejected.
        series={[
          { label: "Confirmed", color: "--good", values: confirmed.map((one, index) => one + (rejected[index] ?? 0)) },
          { label: "Rejected", color: "--bad", values: rejected },
        ]}
        format={(value) => (Number.isInteger(value) ? value.toLocaleString("en") : "")}
        words={`In the last hour ${sum(confirmed)} orders were confirmed and ${sum(rejected)} rejected.`}
      />
      <Plot
        title="Revenue by minute, the last hour"
        times={times}
        series={[{ label: "Revenue", color: "--accent", values: revenue }]}
        format={(value) => value.toLocaleString("en", { notation: "compact" })}
        words={`In the last hour the shop took ${sum(revenue)}.`}
      />
    </div>
  );
}

/** The minute that runs, in milliseconds since 1970. */
function useMinute(): number {
  const now = () => Math.floor(Date.now() / CLOCK_MS) * CLOCK_MS;
  const [minute, setMinute] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setMinute(now()), CLOCK_MS / 12);
    return () => clearInterval(timer);
  }, []);
  return minute;
}

/** Asks for the figures again after an order, soon and not for each one of a crowd. */
function useRefresh(newest: string | number | undefined): void {
  const client = useQueryClient();
  const [due, setDue] = useState(false);
  useEffect(() => {
    if (newest !== 0 && newest !== undefined) setDue(true);
  }, [newest]);
  useEffect(() => {
    if (!due) return undefined;
    const timer = setTimeout(() => {
      setDue(false);
      void client.invalidateQueries({ predicate: ({ queryKey: [key] }) => key === "connect-query" });
    }, REFRESH_MS);
    return () => clearTimeout(timer);
  }, [due, client]);
}

function stamp(ms: number): { seconds: bigint } {
  return { seconds: BigInt(Math.floor(ms / 1000)) };
}
