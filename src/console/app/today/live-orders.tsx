/** The last orders, moving with each change: who bought what where, and how it stands. */
import { useQuery } from "@connectrpc/connect-query";
import { keepPreviousData } from "@tanstack/react-query";
import { OrderService } from "../../../../gen/bodega/order/v1/order_service_pb.ts";
import { moneyText } from "../data/money.ts";
import type { ShownEvent } from "../orders/order-events.ts";
import { Status } from "../orders/order-status.tsx";
import { Moment } from "../parts/format.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Link } from "../route.tsx";
import { words } from "../words/today.ts";
import { latestOf, SHOWN } from "./latest.ts";

export function LiveOrders({ events, storeId }: { events: readonly ShownEvent[]; storeId: string }) {
  const last = useQuery(
    OrderService.method.listOrders,
    { pageSize: SHOWN, storeId },
    { placeholderData: keepPreviousData },
  );
  const changed = events.map(({ order }) => order).filter((order) => storeId === "" || order.storeId === storeId);
  const orders = latestOf(last.data?.orders ?? [], changed);
  return (
    <section className="card" aria-label={words.latest}>
      <h2>{words.latest}</h2>
      {last.isPending ? <Loading /> : null}
      {last.isError ? <Trouble error={last.error} retry={() => void last.refetch()} /> : null}
      {last.isSuccess && orders.length === 0 ? <Empty>{words.noLatest}</Empty> : null}
      <ul className="plain feed" aria-live="polite">
        {orders.map((order) => (
          <li key={order.id}>
            <Link to={`/orders/${order.id}`} label={words.orderLabel(order.id)}>
              {words.more(order.items[0]?.title ?? words.order, Math.max(0, order.items.length - 1))}
            </Link>
            <Status status={order.status} /> <span className="number">{moneyText(order.total)}</span>
            <span className="small">
              {[order.buyerName, order.storeName].filter((name) => name !== "").map((name) => `${name} · `)}
              <Moment time={order.createTime} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
