/** Webhooks: other systems that are told of orders. */
import { useMutation } from "@connectrpc/connect-query";
import { Button, Paper } from "@mantine/core";
import { useState } from "react";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import type { Webhook } from "../../../../gen/bodega/notification/v1/webhook_pb.ts";
import { WebhookDeliveryStatus } from "../../../../gen/bodega/notification/v1/webhook_delivery_pb.ts";
import { may } from "../auth/permission.ts";
import { webhooks } from "../resources/notification.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { Moment, momentText, YesNo } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Secret } from "../parts/secret.tsx";
import { Trouble } from "../parts/states.tsx";
import { Link, navigate } from "../route.tsx";
import { words as partWords } from "../words/parts.ts";
import { words } from "../words/screens/webhooks.ts";

export function Webhooks({ path: [id] }: { path: string[] }) {
  const [secret, setSecret] = useState<string>();
  if (secret !== undefined)
    return <Secret secret={secret} what={words.secret} done={() => (setSecret(undefined), navigate("/webhooks"))} />;
  if (id === "new") return <NewForm resource={webhooks} after={(written) => setSecret(written.secret)} />;
  if (id !== undefined)
    return (
      <EditForm resource={webhooks} id={id}>
        {(webhook) => <Trial webhook={webhook} />}
      </EditForm>
    );
  return (
    <List
      resource={webhooks}
      filters={[
        { name: "active", label: partWords.active, kind: "yes-no", words: [partWords.active, partWords.inactive] },
      ]}
      columns={[
        {
          label: words.address,
          text: (row) => row.url,
          cell: (row) => <Link to={`/webhooks/${row.id}`}>{row.url}</Link>,
        },
        {
          label: words.toldOf,
          cell: (row) => (row.eventTypes.length === 0 ? words.everything : row.eventTypes.join(", ")),
        },
        {
          label: words.status,
          text: (row) => (row.active === true ? partWords.active : partWords.inactive),
          cell: (row) => <YesNo yes={row.active} />,
        },
        {
          label: words.changed,
          text: (row) => momentText(row.updateTime),
          cell: (row) => <Moment time={row.updateTime} />,
        },
      ]}
    />
  );
}

function Trial({ webhook }: { webhook: Webhook }) {
  const test = useMutation(NotificationService.method.testWebhook);
  const delivery = test.data?.delivery;
  return (
    <Paper component="section" aria-label={words.trial}>
      <h2>{words.trial}</h2>
      <p>
        <Link to={`/deliveries?webhook=${webhook.id}`}>{words.deliveries}</Link>
      </p>
      {may(NotificationService.method.testWebhook) ? (
        <Button variant="default" loading={test.isPending} onClick={() => test.mutate({ id: webhook.id })}>
          {words.send}
        </Button>
      ) : null}
      <p role="status">
        {delivery === undefined
          ? ""
          : delivery.status === WebhookDeliveryStatus.SUCCEEDED
            ? words.answered(delivery.responseStatus)
            : words.failed(delivery.error, delivery.responseStatus)}
      </p>
      {test.isError ? <Trouble error={test.error} /> : null}
    </Paper>
  );
}
