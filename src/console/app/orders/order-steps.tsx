/** The steps that an order can take next. Whoever is overtaken sees what they saw beside what is stored, and nothing is done. */
import { Button, Group, Paper } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Order, OrderSchema, OrderStatus } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { may } from "../auth/permission.ts";
import { differencesOf } from "../forms/difference.ts";
import { orders, steps } from "../resources/order.ts";
import { problemOf } from "../data/problem.ts";
import { transport } from "../data/transport.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Overtaken } from "../forms/overtaken.tsx";
import { words } from "../words/order.ts";
import { Status } from "./order-status.tsx";
import { Trouble } from "../parts/states.tsx";
import { things } from "../words/things.ts";

type Step = keyof typeof steps;

/** The server refuses every other step; these are offered. */
const offered: Partial<Record<OrderStatus, Step[]>> = {
  [OrderStatus.PENDING]: ["confirm", "cancel"],
  [OrderStatus.CONFIRMED]: ["ship", "cancel"],
  [OrderStatus.SHIPPED]: ["deliver"],
};
/** What a step changes. */
const MOVING = ["status", "cancel_reason"];

const possible = ({ status }: Order) => (offered[status] ?? []).filter((step) => may(steps[step].method));

export function OrderSteps({ order }: { order: Order }) {
  const [asking, setAsking] = useState(false);
  const { go, take, show, overtaken } = useSteps(order, () => setAsking(false));
  const next = possible(order);
  const choose = (step: Step) => (step === "cancel" ? setAsking(true) : take(step));
  return (
    <Paper mb="md">
      <Group gap="xs" mb={next.length === 0 ? 0 : "sm"}>
        <Status status={order.status} /> {next.length === 0 ? words.over : ""}
      </Group>
      {overtaken === undefined ? (
        <StepButtons next={next} busy={go.isPending} choose={choose} />
      ) : (
        <OvertakenOrder order={order} overtaken={overtaken} take={take} show={show} />
      )}
      {go.isError && overtaken === undefined ? <Trouble error={go.error} /> : null}
      {asking ? (
        <Confirm
          title={words.cancelTitle}
          action={words.cancel}
          busy={go.isPending}
          onConfirm={() => take("cancel")}
          onClose={() => setAsking(false)}
        >
          <p>{words.cancelText}</p>
        </Confirm>
      ) : null}
    </Paper>
  );
}

/** A step that was refused, because somebody else had changed the order. */
interface OvertakenStep {
  step: Step;
  theirs: Order;
}

/** Takes a step with the order, and reads it again where somebody else was faster. */
function useSteps(order: Order, settled: () => void) {
  const [overtaken, setOvertaken] = useState<OvertakenStep>();
  const client = useQueryClient();
  const show = (now: Order) => {
    client.setQueryData([orders.path, "one", order.id], now);
    void client.invalidateQueries({ queryKey: [orders.path, "list"] });
    setOvertaken(undefined);
  };
  const go = useMutation({
    mutationFn: ({ step, from }: { step: Step; from: Order }) => steps[step].send(transport, from),
    onSuccess: (changed) => changed !== undefined && show(changed),
    async onError(error, { step }) {
      // Where it cannot be read again, the refusal alone is told.
      const theirs =
        problemOf(error).reason === "STALE_ETAG"
          ? await orders.get?.send(transport, order.id).catch(() => undefined)
          : undefined;
      if (theirs !== undefined) setOvertaken({ step, theirs });
    },
    onSettled: settled,
  });
  const take = (step: Step, from = order) => go.mutate({ step, from });
  return { go, take, show, overtaken };
}

function StepButtons({ next, busy, choose }: { next: Step[]; busy: boolean; choose(step: Step): void }) {
  return (
    <Group gap="xs">
      {next.map((step) => (
        <Button
          key={step}
          variant={step === "cancel" ? "outline" : "filled"}
          color={step === "cancel" ? "red" : undefined}
          disabled={busy}
          onClick={() => choose(step)}
        >
          {words.steps[step]}
        </Button>
      ))}
    </Group>
  );
}

interface OvertakenOrderProps {
  order: Order;
  overtaken: OvertakenStep;
  take(step: Step, from: Order): void;
  show(now: Order): void;
}

function OvertakenOrder({ order, overtaken: { step, theirs }, take, show }: OvertakenOrderProps) {
  const again = possible(theirs).includes(step);
  return (
    <Overtaken
      one={things.order.one}
      differences={differencesOf(OrderSchema, { stored: theirs, mine: order, names: MOVING })}
      mine={words.seen}
      takeTheirs={() => show(theirs)}
      goOn={again ? { words: words.allTheSame(words.steps[step]), go: () => take(step, theirs) } : undefined}
    />
  );
}
