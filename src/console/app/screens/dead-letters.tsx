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
import { words } from "../words/screens/dead-letters.ts";

export function DeadLetters() {
  return (
    <List
      resource={deadLetters}
      heading={words.heading}
      actions={<AllAgain />}
      intro={<p>{words.intro}</p>}
      columns={[
        {
          label: words.givenUp,
          text: (row) => momentText(row.lastAttemptTime),
          cell: (row) => <Moment time={row.lastAttemptTime} />,
        },
        { label: words.kind, cell: (row) => row.type },
        { label: words.to, cell: (row) => row.recipient },
        {
          label: words.order,
          text: (row) => row.orderId,
          cell: (row) => <Id id={row.orderId} to={`/orders/${row.orderId}`} />,
        },
        { label: words.attempts, number: true, cell: (row) => row.attemptCount },
        { label: words.reason, cell: (row) => row.reason },
        {
          label: words.retry,
          cell: (row) =>
            row.retryTime === undefined ? <Again letter={row} /> : <Badge words={words.retried} tone="wait" />,
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
      {retry.isSuccess ? (
        <span role="status">{words.inQueue(retry.data.retriedCount.toLocaleString("en"))}</span>
      ) : null}
      {retry.isError ? <Trouble error={retry.error} /> : null}
      <Button variant="default" loading={retry.isPending} onClick={() => retry.mutate()}>
        {words.retryAll}
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
        {words.retry}
      </Button>
      {retry.isError ? <Trouble error={retry.error} /> : null}
    </>
  );
}
