/** Mail that could not be delivered, and trying it again. */
import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { DeadLetter } from "../../../../gen/bodega/notification/v1/dead_letter_pb.ts";
import { NotificationService } from "../../../../gen/bodega/notification/v1/notification_service_pb.ts";
import { may } from "../auth/permission.ts";
import { call } from "../data/call.ts";
import { deadLetters } from "../resources/notification.ts";
import { transport } from "../data/transport.ts";
import { Badge, Id, Moment, momentText } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Trouble } from "../parts/states.tsx";

export function DeadLetters() {
  return (
    <List
      resource={deadLetters}
      heading="Dead letters"
      actions={<AllAgain />}
      intro={<p>E-mails that were given up on. A retry sends it once its cause is gone.</p>}
      columns={[
        {
          label: "Given up",
          text: (row) => momentText(row.lastAttemptTime),
          cell: (row) => <Moment time={row.lastAttemptTime} />,
        },
        { label: "Kind", cell: (row) => row.type },
        { label: "To", cell: (row) => row.recipient },
        {
          label: "Order",
          text: (row) => row.orderId,
          cell: (row) => <Id id={row.orderId} to={`/orders/${row.orderId}`} />,
        },
        { label: "Attempts", number: true, cell: (row) => row.attemptCount },
        { label: "Reason", cell: (row) => row.reason },
        {
          label: "Retry",
          cell: (row) => (row.retryTime === undefined ? <Again letter={row} /> : <Badge words="Retried" tone="wait" />),
        },
      ]}
    />
  );
}

function AllAgain() {
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => call(transport, NotificationService.method.retryDeadLetters, {}),
    onSuccess: () => client.invalidateQueries({ queryKey: [deadLetters.path] }),
  });
  if (!may(NotificationService.method.retryDeadLetters)) return null;
  return (
    <>
      {retry.isSuccess ? <span role="status">{retry.data.retriedCount.toLocaleString("en")} in the queue</span> : null}
      {retry.isError ? <Trouble error={retry.error} /> : null}
      <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
        Retry all
      </Button>
    </>
  );
}

function Again({ letter }: { letter: DeadLetter }) {
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: () => call(transport, NotificationService.method.retryDeadLetter, { id: letter.id }),
    onSuccess: () => client.invalidateQueries({ queryKey: [deadLetters.path] }),
  });
  if (!may(NotificationService.method.retryDeadLetter)) return null;
  return (
    <>
      <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
        Retry
      </Button>
      {retry.isError ? <Trouble error={retry.error} /> : null}
    </>
  );
}
