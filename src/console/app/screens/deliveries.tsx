/** What the webhooks were told, what they answered, and sending it once more. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import {
  type WebhookDelivery,
  WebhookDeliveryStatus,
  WebhookDeliveryStatusSchema,
} from "../../../../gen/bodega/notification/v1/webhook_delivery_pb.ts";
import { may } from "../auth/permission.ts";
import { call } from "../data/call.ts";
import { enumWords } from "../data/names.ts";
import { deliveries, webhooks } from "../resources/notification.ts";
import { transport } from "../data/transport.ts";
import { oneOf } from "../list/filter.tsx";
import { Badge, Id, Moment, momentText, type Tone } from "../parts/format.tsx";
import { words } from "../words/deliveries.ts";
import { List } from "../list/list.tsx";
import { Trouble } from "../parts/states.tsx";

const tones: Record<WebhookDeliveryStatus, Tone> = {
  [WebhookDeliveryStatus.UNSPECIFIED]: "plain",
  [WebhookDeliveryStatus.PENDING]: "wait",
  [WebhookDeliveryStatus.SUCCEEDED]: "good",
  [WebhookDeliveryStatus.FAILED]: "bad",
};

export function Deliveries() {
  return (
    <List
      resource={deliveries}
      filters={[
        oneOf("webhook", words.webhook, webhooks),
        { name: "status", label: words.status, kind: "enum", of: WebhookDeliveryStatusSchema },
      ]}
      columns={[
        {
          label: words.made,
          text: (row) => momentText(row.createTime),
          cell: (row) => <Moment time={row.createTime} />,
        },
        { label: words.message, cell: (row) => row.eventType },
        {
          label: words.order,
          text: (row) => row.orderId,
          cell: (row) => <Id id={row.orderId} to={`/orders/${row.orderId}`} />,
        },
        {
          label: words.status,
          cell: (row) => (
            <Badge words={enumWords(WebhookDeliveryStatusSchema, row.status)} tone={tones[row.status] ?? "plain"} />
          ),
        },
        { label: words.attempts, number: true, cell: (row) => row.attemptCount },
        {
          label: words.answer,
          cell: (row) => row.error || (row.responseStatus === 0 ? words.noAnswer : `HTTP ${row.responseStatus}`),
        },
        {
          label: words.next,
          text: (row) => momentText(row.nextAttemptTime),
          cell: (row) => <Moment time={row.nextAttemptTime} />,
        },
        { label: words.resend, cell: (row) => <Again delivery={row} /> },
      ]}
    />
  );
}

function Again({ delivery }: { delivery: WebhookDelivery }) {
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: () => call(transport, NotificationService.method.replayWebhookDelivery, { id: delivery.id }),
    onSuccess: () => client.invalidateQueries({ queryKey: [deliveries.path] }),
  });
  if (delivery.status === WebhookDeliveryStatus.PENDING || !may(NotificationService.method.replayWebhookDelivery))
    return null;
  return (
    <>
      <Button size="compact-sm" variant="default" loading={replay.isPending} onClick={() => replay.mutate()}>
        {words.resend}
      </Button>
      {replay.isError ? <Trouble error={replay.error} /> : null}
    </>
  );
}
