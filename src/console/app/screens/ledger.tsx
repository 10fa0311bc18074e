/** The ledger: every change of every quantity, with its cause. */
import { StockMovementKindSchema } from "../../../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { products } from "../resources/catalog.ts";
import { movements, stores } from "../resources/inventory.ts";
import { enumWords } from "../data/names.ts";
import { oneOf } from "../list/filter.tsx";
import { Id, Moment, momentText } from "../parts/format.tsx";
import { NameOf } from "../parts/name-of.tsx";
import { List } from "../list/list.tsx";
import { words } from "../words/screens/ledger.ts";

export function Ledger() {
  return (
    <List
      resource={movements}
      heading={words.heading}
      filters={[
        oneOf("store", words.store, stores),
        { name: "kind", label: words.kind, kind: "enum", of: StockMovementKindSchema },
        { name: "product", label: words.productId, kind: "text" },
        { name: "order", label: words.orderId, kind: "text" },
        { name: "from", label: words.from, kind: "time" },
        { name: "until", label: words.until, kind: "time" },
      ]}
      columns={[
        {
          label: words.when,
          text: (row) => momentText(row.createTime),
          cell: (row) => <Moment time={row.createTime} />,
        },
        { label: words.kind, cell: (row) => enumWords(StockMovementKindSchema, row.kind) },
        {
          label: words.product,
          text: (row) => row.productId,
          cell: (row) => <NameOf resource={products} id={row.productId} />,
        },
        {
          label: words.store,
          text: (row) => row.storeId,
          cell: (row) => <NameOf resource={stores} id={row.storeId} />,
        },
        { label: words.sellable, number: true, cell: (row) => signed(row.delta) },
        { label: words.reserved, number: true, cell: (row) => signed(row.reservedDelta) },
        {
          label: words.order,
          text: (row) => row.orderId,
          cell: (row) => <Id id={row.orderId} to={`/orders/${row.orderId}`} />,
        },
        { label: words.reason, cell: (row) => row.reason },
      ]}
    />
  );
}

function signed(number: number): string {
  return number > 0 ? `+${number.toLocaleString("en")}` : number.toLocaleString("en");
}
