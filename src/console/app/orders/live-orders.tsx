/** The newest changes of orders, as they come. */
import { moneyText } from "../data/money.ts";
import { Link } from "../route.tsx";
import { Moment } from "../parts/format.tsx";
import type { ShownEvent } from "./order-events.ts";
import { Status } from "./order-status.tsx";
import { Empty } from "../parts/states.tsx";

export function LiveOrders({ events }: { events: readonly ShownEvent[] }) {
  return (
    <section className="card" aria-label="Live orders">
      <h2>Live orders</h2>
      {events.length === 0 ? <Empty>No order since this page was opened.</Empty> : null}
      <ul className="plain feed" aria-live="polite">
        {events.map(({ key, order }) => (
          <li key={key}>
            <Link to={`/orders/${order.id}`} label={`Order ${order.id}`}>
              {order.items[0]?.title ?? "Order"}
              {order.items.length > 1 ? ` and ${order.items.length - 1} more` : ""}
            </Link>
            <Status status={order.status} /> <span className="number">{moneyText(order.total)}</span>
            <span className="small">
              <Moment time={order.updateTime} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
