/** One order: its lines, where it stands, what can be done next, and what moved in the ledger for it. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Order, OrderStatus } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { may } from "../auth/permission.ts";
import { moneyText } from "../data/money.ts";
import { orders, steps } from "../data/order.ts";
import { problemOf } from "../data/problem.ts";
import { transport } from "../data/transport.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Id, Moment } from "../parts/format.tsx";
import { Status } from "../parts/order-status.tsx";
import { Loading, Trouble } from "../parts/states.tsx";
import { Link } from "../route.tsx";

type Step = keyof typeof steps;

/** The server refuses every other step; these are offered. */
const offered: Partial<Record<OrderStatus, Step[]>> = {
  [OrderStatus.PENDING]: ["confirm", "cancel"],
  [OrderStatus.CONFIRMED]: ["ship", "cancel"],
  [OrderStatus.SHIPPED]: ["deliver"],
};
const words: Record<Step, string> = { confirm: "Confirm", ship: "Ship", deliver: "Deliver", cancel: "Cancel order" };

export function OneOrder({ id }: { id: string }) {
  const one = useQuery({ queryKey: [orders.path, "one", id], queryFn: async () => (await orders.get?.send(transport, id)) ?? null });
  if (one.isPending) return <Loading />;
  if (one.isError) return <Trouble error={one.error} retry={() => void one.refetch()} />;
  if (one.data === null) return <Trouble error={new Error("There is no such order.")} />;
  const order = one.data;
  return (
    <section>
      <header className="bar">
        <h1>Order <Id id={order.id} /></h1>
        <div className="actions"><Link to="/orders" className="button">All orders</Link></div>
      </header>
      <Steps order={order} reread={() => void one.refetch()} />
      <Facts order={order} />
      <Lines order={order} />
      <p><Link to={`/ledger?order=${order.id}`}>What moved in the ledger for it</Link></p>
    </section>
  );
}

function Steps({ order, reread }: { order: Order; reread(): void }) {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const go = useMutation({
    mutationFn: (step: Step) => steps[step].send(transport, order),
    onSuccess(changed) {
      if (changed !== undefined) client.setQueryData([orders.path, "one", order.id], changed);
      void client.invalidateQueries({ queryKey: [orders.path, "list"] });
      setAsking(false);
    },
    onError(error) {
      if (problemOf(error).reason === "STALE_ETAG") reread();
    },
  });
  const stale = go.isError && problemOf(go.error).reason === "STALE_ETAG";
  const possible = (offered[order.status] ?? []).filter((step) => may(steps[step].method));
  return (
    <div className="card">
      <p>
        <Status status={order.status} /> {possible.length === 0 ? "Nothing more can be done with it." : ""}
      </p>
      <div className="actions">
        {possible.map((step) => (
          <button key={step} type="button" className={step === "cancel" ? "danger" : "primary"} disabled={go.isPending} onClick={() => (step === "cancel" ? setAsking(true) : go.mutate(step))}>
            {words[step]}
          </button>
        ))}
      </div>
      {stale ? <p className="wrong">Somebody else changed this order meanwhile. It is shown as it is now; nothing of yours was done.</p> : null}
      {go.isError && !asking ? <Trouble error={go.error} /> : null}
      {asking ? (
        <Confirm title="Cancel this order?" action="Cancel the order" busy={go.isPending} onConfirm={() => go.mutate("cancel")} onClose={() => setAsking(false)}>
          <p>Its stock and its use of a promotion go back. This cannot be undone.</p>
          {go.isError ? <Trouble error={go.error} /> : null}
        </Confirm>
      ) : null}
    </div>
  );
}

function Facts({ order }: { order: Order }) {
  return (
    <dl className="facts">
      <div><dt>Placed</dt><dd><Moment time={order.createTime} /></dd></div>
      <div><dt>Changed</dt><dd><Moment time={order.updateTime} /></dd></div>
      {order.holdExpireTime === undefined ? null : <div><dt>Held until</dt><dd><Moment time={order.holdExpireTime} /></dd></div>}
      <div><dt>Buyer</dt><dd><Id id={order.userId} to={`/users/${order.userId}`} /></dd></div>
      <div><dt>Store</dt><dd><Id id={order.storeId} to={`/stores/${order.storeId}`} /></dd></div>
      {order.promoCode === "" ? null : <div><dt>Promotion</dt><dd>{order.promoCode}</dd></div>}
      <div><dt>Subtotal</dt><dd>{moneyText(order.subtotal)}</dd></div>
      <div><dt>Discount</dt><dd>{moneyText(order.discount)}</dd></div>
      <div><dt>Total</dt><dd><strong>{moneyText(order.total)}</strong></dd></div>
    </dl>
  );
}

function Lines({ order }: { order: Order }) {
  const available = new Map(order.shortItems.map((item) => [item.productId, item.quantityAvailable]));
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Lines">
      <table>
        <thead>
          <tr>
            <th scope="col">Product</th><th scope="col">SKU</th><th scope="col" className="number">Quantity</th>
            <th scope="col" className="number">Price</th><th scope="col" className="number">Sum</th>
          </tr>
        </thead>
        <tbody>
          {order.items.map((item) => (
            <tr key={item.productId}>
              <td data-label="Product"><Link to={`/products/${item.productId}`}>{item.title}</Link></td>
              <td data-label="SKU"><code>{item.sku}</code></td>
              <td data-label="Quantity" className="number">
                {item.quantityRequested}
                {available.has(item.productId) ? <span className="wrong"> (only {available.get(item.productId)} there)</span> : null}
              </td>
              <td data-label="Price" className="number">{moneyText(item.unitPrice)}</td>
              <td data-label="Sum" className="number">{moneyText(item.lineTotal)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
