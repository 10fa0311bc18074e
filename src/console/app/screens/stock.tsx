/** A store's stock: what it has, and setting, adjusting and transferring it. */
import { Button, Group, NativeSelect, Paper } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { InventoryService } from "../../../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { may } from "../auth/permission.ts";
import { call } from "../data/call.ts";
import { stores } from "../resources/inventory.ts";
import { moneyText } from "../data/money.ts";
import { transport } from "../data/transport.ts";
import { useOptions } from "../forms/options.ts";
import { Pager } from "../list/pager.tsx";
import { Heading } from "../parts/heading.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { StockDialog, type StockChange } from "../stock/stock-dialog.tsx";
import { Table } from "../list/table.tsx";
import { Link, navigate, useSearch } from "../route.tsx";

const PAGE_SIZE = 20;
const changes: StockChange[] = ["set", "adjust", "transfer"];
const methods = {
  set: InventoryService.method.setStock,
  adjust: InventoryService.method.adjustStock,
  transfer: InventoryService.method.transferStock,
};

interface Doing {
  change: StockChange;
  productId: string;
  title: string;
  quantity: number;
}

export function Stock() {
  const asked = useSearch();
  const options = useOptions(stores);
  const storeId = asked.get("store") ?? options[0]?.value ?? "";
  const productId = asked.get("product") ?? "";
  const [doing, setDoing] = useState<Doing>();
  return (
    <section>
      <Heading>Stock</Heading>
      <form className="asking">
        <NativeSelect
          label="Store"
          value={storeId}
          data={options.map(({ value, words }) => ({ value, label: words }))}
          onChange={(event) => navigate(`/stock?store=${event.target.value}`)}
        />
      </form>
      {storeId === "" ? <Empty>There are no stores yet. Make one first.</Empty> : null}
      {storeId === "" ? null : productId === "" ? (
        <Shelf key={storeId} storeId={storeId} choose={setDoing} />
      ) : (
        <OneShelf storeId={storeId} productId={productId} choose={setDoing} />
      )}
      {doing === undefined ? null : (
        <StockDialog {...doing} storeId={storeId} stores={options} close={() => setDoing(undefined)} />
      )}
    </section>
  );
}

function Shelf({ storeId, choose }: { storeId: string; choose(doing: Doing): void }) {
  const [tokens, setTokens] = useState<string[]>([]);
  const pageToken = tokens.at(-1) ?? "";
  const shelf = useQuery({
    queryKey: ["stock", storeId, pageToken],
    queryFn: () => call(transport, InventoryService.method.listInventory, { storeId, pageSize: PAGE_SIZE, pageToken }),
  });
  if (shelf.isPending) return <Loading />;
  if (shelf.isError) return <Trouble error={shelf.error} retry={() => void shelf.refetch()} />;
  const { items, nextPageToken } = shelf.data;
  if (items.length === 0) return <Empty>This store has nothing yet. Open a product and set its stock here.</Empty>;
  return (
    <>
      <Table
        label="What the store has"
        rows={items}
        keyOf={(item) => item.productId}
        columns={[
          { label: "Product", cell: (item) => <Link to={`/products/${item.productId}`}>{item.title}</Link> },
          { label: "SKU", cell: (item) => <code>{item.sku}</code> },
          { label: "Price", number: true, cell: (item) => moneyText(item.price) },
          { label: "Sellable", number: true, cell: (item) => item.quantity.toLocaleString("en") },
          { label: "Reserved", number: true, cell: (item) => item.reserved.toLocaleString("en") },
          { label: "Change", cell: (item) => <Buttons {...item} choose={choose} /> },
        ]}
      />
      <Pager tokens={tokens} nextPageToken={nextPageToken} turn={setTokens} />
    </>
  );
}

/** One product in one store, also where it has none yet. */
function OneShelf({ storeId, productId, choose }: { storeId: string; productId: string; choose(doing: Doing): void }) {
  const stock = useQuery({
    queryKey: ["stock", "of", productId],
    queryFn: () => call(transport, InventoryService.method.getStock, { productId }),
  });
  if (stock.isPending) return <Loading />;
  if (stock.isError) return <Trouble error={stock.error} retry={() => void stock.refetch()} />;
  const here = stock.data.stocks.find((one) => one.storeId === storeId);
  return (
    <Paper>
      <p>
        <strong>{(here?.quantity ?? 0).toLocaleString("en")}</strong> can be sold in {here?.storeName ?? "this store"},{" "}
        {(here?.reserved ?? 0).toLocaleString("en")} are reserved.
      </p>
      <Buttons productId={productId} title="this product" quantity={here?.quantity ?? 0} choose={choose} />
      <p>
        <Link to={`/products/${productId}`}>The product</Link> ·{" "}
        <Link to={`/stock?store=${storeId}`}>All of this store’s stock</Link>
      </p>
    </Paper>
  );
}

function Buttons({ productId, title, quantity, choose }: Omit<Doing, "change"> & { choose(doing: Doing): void }) {
  return (
    <Group gap={6} wrap="nowrap">
      {changes
        .filter((change) => may(methods[change]))
        .map((change) => (
          <Button
            key={change}
            size="compact-sm"
            variant="default"
            aria-label={`${change} stock of ${title}`}
            onClick={() => choose({ change, productId, title, quantity })}
          >
            {change.charAt(0).toUpperCase() + change.slice(1)}
          </Button>
        ))}
    </Group>
  );
}
