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

export function OneOrder({ id }: { id: string }) {
  const one = useQuery({
    queryKey: [orders.path, "one", id],
    queryFn: async () => (await orders.get?.send(transport, id)) ?? null,
  });
  if (one.isPending) return <Loading />;
  if (one.isError) return <Trouble error={one.error} retry={() => void one.refetch()} />;
  if (one.data === null) return <Trouble error={new Error("There is no such order.")} />;
  const order = one.data;
  return (
    <section>
      <Heading actions={<ButtonLink to="/orders">All orders</ButtonLink>}>
        Order <Id id={order.id} />
      </Heading>
      <OrderSteps order={order} />
      <Facts order={order} />
      <Lines order={order} />
      <p>
        <Link to={`/ledger?order=${order.id}`}>What moved in the ledger for it</Link> ·{" "}
        <Link to={`/audit?object=${order.id}`}>Who moved it on</Link>
      </p>
      <OrderEvents order={order} />
      <OrderEmails order={order} />
    </section>
  );
}

function Facts({ order }: { order: Order }) {
  return (
    <dl className="facts">
      <Fact name="Placed">
        <Moment time={order.createTime} />
      </Fact>
      <Fact name="Changed">
        <Moment time={order.updateTime} />
      </Fact>
      {order.holdExpireTime === undefined ? null : (
        <Fact name="Held until">
          <Moment time={order.holdExpireTime} />
        </Fact>
      )}
      <Fact name="Buyer">
        <NameOf resource={users} id={order.userId} name={order.buyerName} />
      </Fact>
      <Fact name="Store">
        <NameOf resource={stores} id={order.storeId} name={order.storeName} />
      </Fact>
      {order.promoCode === "" ? null : <Fact name="Promotion">{order.promoCode}</Fact>}
      <Fact name="Subtotal">{moneyText(order.subtotal)}</Fact>
      <Fact name="Discount">{moneyText(order.discount)}</Fact>
      <Fact name="Total">
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
      label="Lines"
      rows={order.items}
      keyOf={(item) => item.productId}
      columns={[
        { label: "Product", cell: (item) => <Link to={`/products/${item.productId}`}>{item.title}</Link> },
        { label: "SKU", cell: (item) => <code>{item.sku}</code> },
        {
          label: "Quantity",
          number: true,
          cell: ({ productId, quantityRequested }) => (
            <>
              {quantityRequested}
              {available.has(productId) ? (
                <span className="wrong"> (only {available.get(productId)} there)</span>
              ) : null}
            </>
          ),
        },
        { label: "Price", number: true, cell: (item) => moneyText(item.unitPrice) },
        { label: "Sum", number: true, cell: (item) => moneyText(item.lineTotal) },
      ]}
    />
  );
}
