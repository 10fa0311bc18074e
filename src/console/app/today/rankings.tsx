/** What sold most today, and where what runs out. */
import { useQuery } from "@connectrpc/connect-query";
import type { ReactNode } from "react";
import { AnalyticsService } from "../../../../gen/bodega/analytics/v1/analytics_service_pb.ts";
import { moneyText } from "../data/money.ts";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { Link } from "../route.tsx";
import { words } from "../words/today.ts";
import { stamp } from "./clock.ts";
import { today } from "./compare.ts";
import type { DayProps } from "./revenue.tsx";

const SHOWN = 8;

export function TopProducts({ minute, storeId }: DayProps) {
  const { startMs } = today(minute);
  const asked = { startTime: stamp(startMs), pageSize: SHOWN, storeId };
  const top = useQuery(AnalyticsService.method.listTopProducts, asked);
  return (
    <Ranking name={words.topProducts} asked={top} none={words.nothingSold}>
      {top.data?.products.map(({ productId, title, quantitySold, revenue }) => (
        <li key={productId}>
          <Link to={`/products/${productId}`}>{title}</Link>{" "}
          <span className="number">
            {quantitySold.toLocaleString("en")} · {moneyText(revenue)}
          </span>
        </li>
      ))}
    </Ranking>
  );
}

/** Of all stores which run out, of one store of what. */
export function LowStock({ storeId }: Pick<DayProps, "storeId">) {
  return storeId === "" ? <LowStores /> : <LowProducts storeId={storeId} />;
}

function LowStores() {
  const low = useQuery(AnalyticsService.method.listLowStockStores, { pageSize: SHOWN });
  return (
    <Ranking name={words.lowStock} asked={low} none={words.nothingLow}>
      {low.data?.stores.map(({ storeId, storeName, lowCount, soldOutCount }) => (
        <li key={storeId}>
          <Link to={`/stock?store=${storeId}`}>{storeName}</Link>{" "}
          <span className="number">
            {words.lowProducts(lowCount.toLocaleString("en"), lowCount === 1)}
            {soldOutCount === 0 ? null : ` · ${words.soldOut(soldOutCount.toLocaleString("en"))}`}
          </span>
        </li>
      ))}
    </Ranking>
  );
}

function LowProducts({ storeId }: Pick<DayProps, "storeId">) {
  const low = useQuery(AnalyticsService.method.listLowStock, { pageSize: SHOWN, storeId });
  return (
    <Ranking name={words.lowStock} asked={low} none={words.nothingLow}>
      {low.data?.items.map(({ productId, title, quantity, threshold }) => (
        <li key={productId}>
          <Link to={`/stock?store=${storeId}&product=${productId}`}>{title}</Link>{" "}
          <span className="number">
            {words.ofThreshold(quantity.toLocaleString("en"), threshold.toLocaleString("en"))}
          </span>
        </li>
      ))}
    </Ranking>
  );
}

interface RankingProps {
  name: string;
  asked: { isPending: boolean; isError: boolean; error: unknown; refetch(): Promise<unknown> };
  /** What is said where nothing is in it. */
  none: string;
  children: ReactNode[] | undefined;
}

function Ranking({ name, asked, none, children }: RankingProps) {
  return (
    <section className="card" aria-label={name}>
      <h2>{name}</h2>
      {asked.isPending ? <Loading /> : null}
      {asked.isError ? <Trouble error={asked.error} retry={() => void asked.refetch()} /> : null}
      {children?.length === 0 ? <Empty>{none}</Empty> : null}
      <ol className="plain">{children}</ol>
    </section>
  );
}
