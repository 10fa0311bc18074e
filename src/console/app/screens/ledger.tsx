/** The ledger: every change of every quantity, with its cause. */
import { StockMovementKindSchema } from "../../../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { products } from "../resources/catalog.ts";
import { movements, stores } from "../resources/inventory.ts";
import { enumWords } from "../data/names.ts";
import { oneOf } from "../list/filter.tsx";
import { Id, Moment, momentText } from "../parts/format.tsx";
import { NameOf } from "../parts/name-of.tsx";
import { List } from "../list/list.tsx";

export function Ledger() {
  return (
    <List
      resource={movements}
      heading="Ledger"
      filters={[
        oneOf("store", "Store", stores),
        { name: "kind", label: "Kind", kind: "enum", of: StockMovementKindSchema },
        { name: "product", label: "Product’s id", kind: "text" },
        { name: "order", label: "Order’s id", kind: "text" },
        { name: "from", label: "From", kind: "time" },
        { name: "until", label: "Until", kind: "time" },
      ]}
      columns={[
        { label: "When", text: (row) => momentText(row.createTime), cell: (row) => <Moment time={row.createTime} /> },
        { label: "Kind", cell: (row) => enumWords(StockMovementKindSchema, row.kind) },
        {
          label: "Product",
          text: (row) => row.productId,
          cell: (row) => <NameOf resource={products} id={row.productId} />,
        },
        {
          label: "Store",
          text: (row) => row.storeId,
          cell: (row) => <NameOf resource={stores} id={row.storeId} />,
        },
        { label: "Sellable", number: true, cell: (row) => signed(row.delta) },
        { label: "Reserved", number: true, cell: (row) => signed(row.reservedDelta) },
        {
          label: "Order",
          text: (row) => row.orderId,
          cell: (row) => <Id id={row.orderId} to={`/orders/${row.orderId}`} />,
        },
        { label: "Reason", cell: (row) => row.reason },
      ]}
    />
  );
}

function signed(number: number): string {
  return number > 0 ? `+${number.toLocaleString("en")}` : number.toLocaleString("en");
}
