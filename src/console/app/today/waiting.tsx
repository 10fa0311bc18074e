/** What waits for somebody: orders on hold, e-mails and messages to webhooks that do not get through. */
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import type { ReactNode } from "react";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import type { DeliveryHealth } from "../../../../gen/bodega/notification/v1/delivery_health_pb.ts";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import { WebhookDeliveryStatus } from "../../../../gen/bodega/notification/v1/webhook_delivery_pb.ts";
import { OrderStatus } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { may } from "../auth/permission.ts";
import { Moment } from "../parts/format.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Link } from "../route.tsx";
import { words } from "../words/today.ts";
import { stamp } from "./clock.ts";
import { today } from "./compare.ts";
import type { DayProps } from "./revenue.tsx";

const { getDeliveryHealth } = NotificationService.method;
const AGAIN_MS = 10_000;
/** What waits for less is on its way. */
const LATE_MS = 60_000;

export function Waiting({ minute, storeId }: DayProps) {
  const { startMs } = today(minute);
  const counts = useQuery(AnalyticsService.method.getOrderCounts, { startTime: stamp(startMs), storeId });
  const health = useQuery(getDeliveryHealth, {}, { enabled: may(getDeliveryHealth), refetchInterval: AGAIN_MS });
  const items = [
    ...heldIn(counts.data?.heldCount ?? 0, storeId),
    ...channel(health.data?.emails, words.emails, { late: "/dead-letters", givenUp: "/dead-letters" }),
    ...channel(health.data?.webhooks, words.messages, {
      late: `/deliveries?status=${WebhookDeliveryStatus.PENDING}`,
      givenUp: `/deliveries?status=${WebhookDeliveryStatus.FAILED}`,
    }),
  ];
  return (
    <section className="card" aria-label={words.waiting}>
      <h2>{words.waiting}</h2>
      {health.isError ? <Trouble error={health.error} retry={() => void health.refetch()} /> : null}
      {counts.isPending || health.isLoading ? <Loading /> : null}
      {counts.isSuccess && !health.isLoading && !health.isError && items.length === 0 ? (
        <Empty>{words.nothingWaits}</Empty>
      ) : null}
      <ul className="plain">
        {items.map(({ key, item }) => (
          <li key={key}>{item}</li>
        ))}
      </ul>
    </section>
  );
}

interface Item {
  key: string;
  item: ReactNode;
}

function heldIn(count: number, storeId: string): Item[] {
  if (count === 0) return [];
  const here = storeId === "" ? "" : `&store=${storeId}`;
  const to = `/orders?status=${OrderStatus.PENDING}${here}`;
  return [{ key: "held", item: <Link to={to}>{words.held(count.toLocaleString("en"), count === 1)}</Link> }];
}

function channel(
  health: DeliveryHealth | undefined,
  [one = "", many = ""]: readonly string[],
  to: { late: string; givenUp: string },
): Item[] {
  if (health === undefined) return [];
  const { waitingCount, oldestWaitTime, lastError, deadLetterCount } = health;
  const counted = (count: number) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
  const isLate = oldestWaitTime !== undefined && Date.now() - timestampMs(oldestWaitTime) > LATE_MS;
  const late = (
    <>
      <Link to={to.late}>{words.waits(counted(waitingCount), waitingCount === 1)}</Link> {words.since}{" "}
      <Moment time={oldestWaitTime} />
      {lastError === "" ? null : <span className="small">{lastError}</span>}
    </>
  );
  return [
    ...(isLate ? [{ key: `${one} late`, item: late }] : []),
    ...(deadLetterCount === 0
      ? []
      : [{ key: `${one} given up`, item: <Link to={to.givenUp}>{words.givenUp(counted(deadLetterCount))}</Link> }]),
  ];
}
