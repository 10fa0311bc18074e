/** What sold most today, and what runs out. */
import { useQuery } from "@connectrpc/connect-query";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { moneyText } from "../data/money.ts";
import { Link } from "../route.tsx";
import { Empty, Loading, Trouble } from "./states.tsx";

const SHOWN = 8;

export function TopProducts({ start }: { start: { seconds: bigint } }) {
  const top = useQuery(AnalyticsService.method.listTopProducts, { startTime: start, pageSize: SHOWN });
  return (
    <section className="card" aria-label="Top products">
      <h2>Top products today</h2>
      {top.isPending ? <Loading /> : null}
      {top.isError ? <Trouble error={top.error} retry={() => void top.refetch()} /> : null}
      {top.data?.products.length === 0 ? <Empty>Nothing was sold yet today.</Empty> : null}
      <ol className="plain">
        {top.data?.products.map(({ productId, title, quantitySold, revenue }) => (
          <li key={productId}>
            <Link to={`/products/${productId}`}>{title}</Link>{" "}
            <span className="number">
              {quantitySold.toLocaleString("en")} · {moneyText(revenue)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function LowStock() {
  const low = useQuery(AnalyticsService.method.listLowStock, { pageSize: SHOWN });
  return (
    <section className="card" aria-label="Low stock">
      <h2>Low stock</h2>
      {low.isPending ? <Loading /> : null}
      {low.isError ? <Trouble error={low.error} retry={() => void low.refetch()} /> : null}
      {low.data?.items.length === 0 ? <Empty>Nothing runs out.</Empty> : null}
      <ul className="plain">
        {low.data?.items.map(({ storeId, storeName, productId, title, quantity, threshold }) => (
          <li key={`${storeId}/${productId}`}>
            <Link to={`/stock?store=${storeId}&product=${productId}`}>{title}</Link>{" "}
            <span className="small">{storeName}</span>{" "}
            <span className="number">
              {quantity.toLocaleString("en")} of {threshold.toLocaleString("en")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
