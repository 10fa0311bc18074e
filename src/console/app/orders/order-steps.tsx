/** The steps that an order can take next. Whoever is overtaken sees what he saw beside what is stored, and nothing is done. */
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
import { Status } from "./order-status.tsx";
import { Trouble } from "../parts/states.tsx";

type Step = keyof typeof steps;

/** The server refuses every other step; these are offered. */
const offered: Partial<Record<OrderStatus, Step[]>> = {
  [OrderStatus.PENDING]: ["confirm", "cancel"],
  [OrderStatus.CONFIRMED]: ["ship", "cancel"],
  [OrderStatus.SHIPPED]: ["deliver"],
};
const words: Record<Step, string> = { confirm: "Confirm", ship: "Ship", deliver: "Deliver", cancel: "Cancel order" };
/** What a step changes. */
const MOVING = ["status", "cancel_reason"];

const possible = ({ status }: Order) => (offered[status] ?? []).filter((step) => may(steps[step].method));

export function OrderSteps({ order }: { order: Order }) {
  const [asking, setAsking] = useState(false);
  const [overtaken, setOvertaken] = useState<{ step: Step; theirs: Order }>();
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
    onSettled: () => setAsking(false),
  });
  const take = (step: Step, from = order) => go.mutate({ step, from });
  const next = possible(order);
  return (
    <div className="card">
      <p>
        <Status status={order.status} /> {next.length === 0 ? "Nothing more can be done with it." : ""}
      </p>
      {overtaken === undefined ? null : (
        <Overtaken
          one="order"
          differences={differencesOf(OrderSchema, { stored: overtaken.theirs, mine: order, names: MOVING })}
          mine="What you saw"
          takeTheirs={() => show(overtaken.theirs)}
          goOn={
            possible(overtaken.theirs).includes(overtaken.step)
              ? { words: `${words[overtaken.step]} all the same`, go: () => take(overtaken.step, overtaken.theirs) }
              : undefined
          }
        />
      )}
      {overtaken === undefined ? (
        <div className="actions">
          {next.map((step) => (
            <button
              key={step}
              type="button"
              className={step === "cancel" ? "danger" : "primary"}
              disabled={go.isPending}
              onClick={() => (step === "cancel" ? setAsking(true) : take(step))}
            >
              {words[step]}
            </button>
          ))}
        </div>
      ) : null}
      {go.isError && overtaken === undefined ? <Trouble error={go.error} /> : null}
      {asking ? (
        <Confirm
          title="Cancel this order?"
          action="Cancel the order"
          busy={go.isPending}
          onConfirm={() => take("cancel")}
          onClose={() => setAsking(false)}
        >
          <p>Its stock and its use of a promotion go back. This cannot be undone.</p>
        </Confirm>
      ) : null}
    </div>
  );
}
