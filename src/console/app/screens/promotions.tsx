/** Promotions. */
import type { Promotion } from "../../../../gen/bodega/promotion/v1/promotion_pb.ts";
import { moneyText } from "../data/money.ts";
import { promotions } from "../resources/promotion.ts";
import { promotionStatus } from "../resources/promotion-status.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { Badge, Moment, momentText } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Link } from "../route.tsx";

export function Promotions({ path: [id] }: { path: string[] }) {
  if (id === "new") return <NewForm resource={promotions} />;
  if (id !== undefined) return <EditForm resource={promotions} id={id} />;
  return (
    <List
      resource={promotions}
      filters={[{ name: "active", label: "Active", kind: "yes-no", words: ["On", "Off"] }]}
      columns={[
        { label: "Code", text: (row) => row.code, cell: (row) => <Link to={`/promotions/${row.id}`}>{row.code}</Link> },
        { label: "Discount", cell: (row) => discountOf(row) },
        {
          label: "Used",
          number: true,
          cell: ({ redeemedCount, usageLimit }) =>
            usageLimit === undefined ? redeemedCount : `${redeemedCount} of ${usageLimit}`,
        },
        { label: "From", text: (row) => momentText(row.startTime), cell: (row) => <Moment time={row.startTime} /> },
        { label: "Until", text: (row) => momentText(row.endTime), cell: (row) => <Moment time={row.endTime} /> },
        { label: "Status", text: (row) => promotionStatus(row, new Date()), cell: (row) => <Status of={row} /> },
      ]}
    />
  );
}

const tones = { Scheduled: "wait", Running: "good", Ended: "plain", "Used up": "plain", Off: "plain" } as const;

function Status({ of }: { of: Promotion }) {
  const status = promotionStatus(of, new Date());
  return <Badge words={status} tone={tones[status]} />;
}

function discountOf({ discount }: Promotion): string {
  if (discount.case === "fixedAmount") return moneyText(discount.value);
  return discount.case === "percent" ? `${discount.value} %` : "";
}
