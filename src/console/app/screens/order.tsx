/** One order: its lines, where it stands, what can be done next, what happened to it, and the e-mails about it. */
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Order } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { moneyText } from "../data/money.ts";
import { users } from "../resources/identity.ts";
import { stores } from "../resources/inventory.ts";
import { orders } from "../resources/order.ts";
import { transport } from "../data/transport.ts";
import { Id, Moment } from "../parts/format.tsx";
import { OrderEmails, OrderEvents } from "../orders/order-history.tsx";
import { OrderSteps } from "../orders/order-steps.tsx";
import { NameOf } from "../parts/name-of.tsx";
import { Heading } from "../parts/heading.tsx";
import { Loading, Trouble } from "../parts/states.tsx";
import { Table } from "../list/table.tsx";
import { ButtonLink, Link } from "../route.tsx";
import { words } from "../words/order.ts";

export function OneOrder({ id }: { id: string }) {
  const one = useQuery({
    queryKey: [orders.path, "one", id],
    queryFn: async () => (await orders.get?.send(transport, id)) ?? null,
  });
  if (one.isPending) return <Loading />;
  if (one.isError) return <Trouble error={one.error} retry={() => void one.refetch()} />;
  if (one.data === null) return <Trouble error={new Error(words.missing)} />;
  const order = one.data;
  return (
    <section>
      <Heading actions={<ButtonLink to="/orders">{words.all}</ButtonLink>}>
        {words.order} <Id id={order.id} />
      </Heading>
      <OrderSteps order={order} />
      <Facts order={order} />
      <Lines order={order} />
      <p>
        <Link to={`/ledger?order=${order.id}`}>{words.movements}</Link> ·{" "}
        <Link to={`/audit?object=${order.id}`}>{words.audit}</Link>
      </p>
      <OrderEvents order={order} />
      <OrderEmails order={order} />
    </section>
  );
}

function Facts({ order }: { order: Order }) {
  return (
    <dl className="facts">
      <Fact name={words.placed}>
        <Moment time={order.createTime} />
      </Fact>
      <Fact name={words.changed}>
        <Moment time={order.updateTime} />
      </Fact>
      {order.holdExpireTime === undefined ? null : (
        <Fact name={words.held}>
          <Moment time={order.holdExpireTime} />
        </Fact>
      )}
      <Fact name={words.buyer}>
        <NameOf resource={users} id={order.userId} name={order.buyerName} />
      </Fact>
      <Fact name={words.store}>
        <NameOf resource={stores} id={order.storeId} name={order.storeName} />
      </Fact>
      {order.promoCode === "" ? null : <Fact name={words.promotion}>{order.promoCode}</Fact>}
      <Fact name={words.subtotal}>{moneyText(order.subtotal)}</Fact>
      <Fact name={words.discount}>{moneyText(order.discount)}</Fact>
      <Fact name={words.total}>
        <strong>{moneyText(order.total)}</strong>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Lines({ order }: { order: Order }) {
  const available = new Map(order.shortItems.map((item) => [item.productId, item.quantityAvailable]));
  return (
    <Table
      label={words.lines}
      rows={order.items}
      keyOf={(item) => item.productId}
      columns={[
        { label: words.product, cell: (item) => <Link to={`/products/${item.productId}`}>{item.title}</Link> },
        { label: words.sku, cell: (item) => <code>{item.sku}</code> },
        {
          label: words.quantity,
          number: true,
          cell: ({ productId, quantityRequested }) => (
            <>
              {quantityRequested}
              {available.has(productId) ? (
                <span className="wrong"> {words.onlyThere(available.get(productId) ?? 0)}</span>
              ) : null}
            </>
          ),
        },
        { label: words.price, number: true, cell: (item) => moneyText(item.unitPrice) },
        { label: words.sum, number: true, cell: (item) => moneyText(item.lineTotal) },
      ]}
    />
  );
}
