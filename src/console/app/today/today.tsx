/** Today: how the shop does right now, all of it or one store, moving with every order. */
import { NativeSelect } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useOptions } from "../forms/options.ts";
import { useOrderEvents } from "../orders/order-events.ts";
import { Heading } from "../parts/heading.tsx";
import { stores } from "../resources/inventory.ts";
import { navigate, useSearch } from "../route.tsx";
import { useMinute } from "./clock.ts";
import { LiveOrders } from "./live-orders.tsx";
import { LastHour } from "./plots.tsx";
import { LowStock, TopProducts } from "./rankings.tsx";
import { DayFigures } from "./revenue.tsx";
import { Waiting } from "./waiting.tsx";
import { words } from "../words/today.ts";

/** Orders come in crowds: the figures are asked for at most this often. */
const REFRESH_MS = 1_500;

export function Today() {
  const storeId = useSearch().get("store") ?? "";
  const { events, state } = useOrderEvents();
  const minute = useMinute();
  useRefresh(events[0]?.key);
  const shown = { minute, storeId };
  return (
    <section>
      <Heading
        actions={
          <span className={`live ${state}`} role="status">
            {words.live[state]}
          </span>
        }
      >
        {words.heading}
      </Heading>
      <StorePicker storeId={storeId} />
      <DayFigures {...shown} />
      <LastHour {...shown} />
      <div className="columns">
        <LiveOrders events={events} storeId={storeId} />
        <Waiting {...shown} />
        <TopProducts {...shown} />
        <LowStock storeId={storeId} />
      </div>
    </section>
  );
}

/** The choice stays in the address: a store's manager keeps a bookmark of it. */
function StorePicker({ storeId }: { storeId: string }) {
  const options = useOptions(stores);
  return (
    <form className="asking">
      <NativeSelect
        // The options come later than the value that the address has.
        key={options.length}
        label={words.store}
        value={storeId}
        data={[{ value: "", label: words.allStores }, ...options.map(({ value, words: label }) => ({ value, label }))]}
        onChange={({ target: { value } }) => navigate(value === "" ? "/" : `/?store=${value}`)}
      />
    </form>
  );
}

/** Asks for the figures again after an order, soon and not for each one of a crowd. */
function useRefresh(newest: string | undefined): void {
  const client = useQueryClient();
  const [due, setDue] = useState(false);
  useEffect(() => {
    if (newest !== undefined) setDue(true);
  }, [newest]);
  useEffect(() => {
    if (!due) return undefined;
    const timer = setTimeout(() => {
      setDue(false);
      void client.invalidateQueries({ predicate: ({ queryKey: [key] }) => key === "connect-query" });
    }, REFRESH_MS);
    return () => clearTimeout(timer);
  }, [due, client]);
}
