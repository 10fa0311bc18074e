/** Orders. */
import { OrderStatusSchema } from "../../../../gen/bodega/order/v1/order_pb.ts";
import { orderActs } from "../bulk/order-acts.ts";
import { enumWords } from "../data/names.ts";
import { amountOf, moneyText } from "../data/money.ts";
import { orders } from "../resources/order.ts";
import { Id, Moment, momentText, Named } from "../parts/format.tsx";
import { oneOf } from "../list/filter.tsx";
import { stores } from "../resources/inventory.ts";
import { List } from "../list/list.tsx";
import { Status } from "../orders/order-status.tsx";
import { OneOrder } from "./order.tsx";

export function Orders({ path: [id] }: { path: string[] }) {
  if (id !== undefined) return <OneOrder id={id} />;
  return (
    <List
      resource={orders}
      acts={orderActs}
      search="Order’s id or its end, e-mail, name or SKU"
      filters={[
        { name: "status", label: "Status", kind: "enum", of: OrderStatusSchema },
        oneOf("store", "Store", stores),
        { name: "from", label: "From", kind: "time" },
        { name: "until", label: "Until", kind: "time" },
        { name: "user", label: "User’s id", kind: "text" },
      ]}
      columns={[
        { label: "Order", text: (row) => row.id, cell: (row) => <Id id={row.id} to={`/orders/${row.id}`} /> },
        { label: "Placed", text: (row) => momentText(row.createTime), cell: (row) => <Moment time={row.createTime} /> },
        {
          label: "Status",
          text: (row) => enumWords(OrderStatusSchema, row.status),
          cell: (row) => <Status status={row.status} />,
        },
        { label: "Lines", number: true, cell: (row) => row.items.length },
        {
          label: "Total",
          number: true,
          text: (row) => (row.total === undefined ? "" : amountOf(row.total)),
          cell: (row) => moneyText(row.total),
        },
        {
          label: "Buyer",
          text: (row) => row.buyerName || row.userId,
          cell: (row) => <Named name={row.buyerName} id={row.userId} to={`/users/${row.userId}`} />,
        },
        {
          label: "Store",
          text: (row) => row.storeName || row.storeId,
          cell: (row) => <Named name={row.storeName} id={row.storeId} to={`/stores/${row.storeId}`} />,
        },
      ]}
    />
  );
}
