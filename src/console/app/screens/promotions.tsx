/** Promotions. */
import type { Promotion } from "../../../../gen/bodega/promotion/v1/promotion_pb.ts";
import { moneyText } from "../data/money.ts";
import { promotions } from "../resources/promotion.ts";
import { promotionStatus } from "../resources/promotion-status.ts";
import { EditForm, NewForm } from "../forms/form.tsx";
import { Badge, Moment, momentText } from "../parts/format.tsx";
import { List } from "../list/list.tsx";
import { Link } from "../route.tsx";
import { words } from "../words/screens/promotions.ts";

export function Promotions({ path: [id] }: { path: string[] }) {
  if (id === "new") return <NewForm resource={promotions} />;
  if (id !== undefined) return <EditForm resource={promotions} id={id} />;
  return (
    <List
      resource={promotions}
      filters={[{ name: "active", label: words.active, kind: "yes-no", words: [words.on, words.off] }]}
      columns={[
        {
          label: words.code,
          text: (row) => row.code,
          cell: (row) => <Link to={`/promotions/${row.id}`}>{row.code}</Link>,
        },
        { label: words.discount, cell: (row) => discountOf(row) },
        {
          label: words.used,
          number: true,
          cell: ({ redeemedCount, usageLimit }) =>
            usageLimit === undefined ? redeemedCount : words.usedOf(redeemedCount, usageLimit),
        },
        { label: words.from, text: (row) => momentText(row.startTime), cell: (row) => <Moment time={row.startTime} /> },
        { label: words.until, text: (row) => momentText(row.endTime), cell: (row) => <Moment time={row.endTime} /> },
        {
          label: words.status,
          text: (row) => words.statuses[promotionStatus(row, new Date())],
          cell: (row) => <Status of={row} />,
        },
      ]}
    />
  );
}

const tones = { scheduled: "wait", running: "good", ended: "plain", "used-up": "plain", off: "plain" } as const;

function Status({ of }: { of: Promotion }) {
  const status = promotionStatus(of, new Date());
  return <Badge words={words.statuses[status]} tone={tones[status]} />;
}

function discountOf({ discount }: Promotion): string {
  if (discount.case === "fixedAmount") return moneyText(discount.value);
  return discount.case === "percent" ? words.percent(discount.value) : "";
}
