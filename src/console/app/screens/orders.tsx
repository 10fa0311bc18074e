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
import { words } from "../words/screens/orders.ts";

export function Orders({ path: [id] }: { path: string[] }) {
  if (id !== undefined) return <OneOrder id={id} />;
  return (
    <List
      resource={orders}
      acts={orderActs}
      search={words.search}
      filters={[
        { name: "status", label: words.status, kind: "enum", of: OrderStatusSchema },
        oneOf("store", words.store, stores),
        { name: "from", label: words.from, kind: "time" },
        { name: "until", label: words.until, kind: "time" },
        { name: "user", label: words.userId, kind: "text" },
      ]}
      columns={[
        { label: words.order, text: (row) => row.id, cell: (row) => <Id id={row.id} to={`/orders/${row.id}`} /> },
        {
          label: words.placed,
          text: (row) => momentText(row.createTime),
          cell: (row) => <Moment time={row.createTime} />,
        },
        {
          label: words.status,
          text: (row) => enumWords(OrderStatusSchema, row.status),
          cell: (row) => <Status status={row.status} />,
        },
        { label: words.lines, number: true, cell: (row) => row.items.length },
        {
          label: words.total,
          number: true,
          text: (row) => (row.total === undefined ? "" : amountOf(row.total)),
          cell: (row) => moneyText(row.total),
        },
        {
          label: words.buyer,
          text: (row) => row.buyerName || row.userId,
          cell: (row) => <Named name={row.buyerName} id={row.userId} to={`/users/${row.userId}`} />,
        },
        {
          label: words.store,
          text: (row) => row.storeName || row.storeId,
          cell: (row) => <Named name={row.storeName} id={row.storeId} to={`/stores/${row.storeId}`} />,
        },
      ]}
    />
  );
}
