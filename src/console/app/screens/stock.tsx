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
import { words } from "../words/screens/stock.ts";

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
      <Heading>{words.heading}</Heading>
      <form className="asking">
        <NativeSelect
          label={words.store}
          value={storeId}
          data={options.map((one) => ({ value: one.value, label: one.words }))}
          onChange={(event) => navigate(`/stock?store=${event.target.value}`)}
        />
      </form>
      {storeId === "" ? <Empty>{words.noStores}</Empty> : null}
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
  if (items.length === 0) return <Empty>{words.nothing}</Empty>;
  return (
    <>
      <Table
        label={words.shelf}
        rows={items}
        keyOf={(item) => item.productId}
        columns={[
          { label: words.product, cell: (item) => <Link to={`/products/${item.productId}`}>{item.title}</Link> },
          { label: words.sku, cell: (item) => <code>{item.sku}</code> },
          { label: words.price, number: true, cell: (item) => moneyText(item.price) },
          { label: words.sellable, number: true, cell: (item) => item.quantity.toLocaleString("en") },
          { label: words.reserved, number: true, cell: (item) => item.reserved.toLocaleString("en") },
          { label: words.change, cell: (item) => <Buttons {...item} choose={choose} /> },
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
        <strong>{(here?.quantity ?? 0).toLocaleString("en")}</strong>{" "}
        {words.sellableIn(here?.storeName ?? words.thisStore, (here?.reserved ?? 0).toLocaleString("en"))}
      </p>
      <Buttons productId={productId} title={words.thisProduct} quantity={here?.quantity ?? 0} choose={choose} />
      <p>
        <Link to={`/products/${productId}`}>{words.toProduct}</Link> ·{" "}
        <Link to={`/stock?store=${storeId}`}>{words.toStore}</Link>
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
            aria-label={words.buttonLabels[change](title)}
            onClick={() => choose({ change, productId, title, quantity })}
          >
            {words.buttons[change]}
          </Button>
        ))}
    </Group>
  );
}
