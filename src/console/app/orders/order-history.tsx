/** What happened to an order, and the e-mails that told its buyer of it. */
import type { DescMethod } from "@bufbuild/protobuf";
import { useQuery } from "@tanstack/react-query";
import { EmailState, EmailStateSchema } from "../../../../gen/bodega/notification/v1/email_pb.ts";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import {
  type Order,
  OrderCancelReason,
  OrderCancelReasonSchema,
  OrderStatus,
} from "../../../../gen/bodega/order/v1/order_pb.ts";
import { OrderService } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import { may } from "../auth/permission.ts";
import { call } from "../data/call.ts";
import { enumWords } from "../data/names.ts";
import { orders } from "../resources/order.ts";
import { transport } from "../data/transport.ts";
import { Badge, Moment, type Tone } from "../parts/format.tsx";
import { words } from "../words/order.ts";
import { Status } from "./order-status.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Table, type TableProps } from "../list/table.tsx";

/** Events come with the order's changes; e-mails are sent a little later, by a worker. */
const EMAILS_AGAIN_MS = 3_000;
const { getOrderEvents } = OrderService.method;
const { getOrderEmails } = NotificationService.method;

const tones: Record<EmailState, Tone> = {
  [EmailState.UNSPECIFIED]: "plain",
  [EmailState.WAITING]: "wait",
  [EmailState.SENT]: "good",
  [EmailState.GIVEN_UP]: "bad",
  [EmailState.SUPPRESSED]: "plain",
};

export function OrderEvents({ order: { id, etag } }: { order: Order }) {
  return (
    <History
      label={words.events}
      rpc={getOrderEvents}
      query={{
        queryKey: [orders.path, "events", id, etag],
        queryFn: async () => (await call(transport, getOrderEvents, { orderId: id })).events,
      }}
      none={words.noEvents}
      keyOf={(event) => event.sequence}
      columns={[
        { label: words.time, cell: (event) => <Moment time={event.occurTime} /> },
        { label: words.status, cell: (event) => <Status status={event.order?.status ?? OrderStatus.UNSPECIFIED} /> },
        {
          label: words.reason,
          cell: ({ order }) =>
            order === undefined || order.cancelReason === OrderCancelReason.UNSPECIFIED
              ? ""
              : enumWords(OrderCancelReasonSchema, order.cancelReason),
        },
      ]}
    />
  );
}

export function OrderEmails({ order: { id } }: { order: Order }) {
  return (
    <History
      label={words.emails}
      rpc={getOrderEmails}
      query={{
        queryKey: [orders.path, "emails", id],
        queryFn: async () => (await call(transport, getOrderEmails, { orderId: id })).emails,
        refetchInterval: EMAILS_AGAIN_MS,
      }}
      none={words.noEmails}
      keyOf={(email) => email.id}
      columns={[
        { label: words.message, cell: (email) => email.type },
        { label: words.to, cell: (email) => email.recipient },
        {
          label: words.status,
          cell: (email) => (
            <Badge words={enumWords(EmailStateSchema, email.state)} tone={tones[email.state] ?? "plain"} />
          ),
        },
        { label: words.attempts, number: true, cell: (email) => email.attemptCount },
        { label: words.sent, cell: (email) => <Moment time={email.sendTime} /> },
        { label: words.error, cell: (email) => email.error },
      ]}
    />
  );
}

interface HistoryProps<T> extends Omit<TableProps<T>, "rows"> {
  /** Whoever may not call it sees nothing. */
  rpc: DescMethod;
  query: { queryKey: readonly unknown[]; queryFn(): Promise<T[]>; refetchInterval?: number };
  none: string;
}

function History<T>({ rpc, query, none, ...table }: HistoryProps<T>) {
  const asked = useQuery({ ...query, enabled: may(rpc) });
  if (!asked.isEnabled) return null;
  return (
    <section className="part">
      <h2>{table.label}</h2>
      {asked.isPending ? <Loading /> : null}
      {asked.isError ? <Trouble error={asked.error} retry={() => void asked.refetch()} /> : null}
      {asked.data?.length === 0 ? <Empty>{none}</Empty> : null}
      {asked.data === undefined || asked.data.length === 0 ? null : <Table {...table} rows={asked.data} />}
    </section>
  );
}
