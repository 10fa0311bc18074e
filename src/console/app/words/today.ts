/** The words of the screen Today. */
import type { Comparison } from "../today/compare.ts";

export const words = {
  heading: "Today",
  live: { connecting: "Connecting…", live: "Live", reconnecting: "Reconnecting…" },
  store: "Store",
  allStores: "All stores",
  counting: "Counting",
  revenue: "Revenue today",
  orders: (status: string) => `Orders ${status.toLowerCase()}`,
  waiting: "What waits",
  nothingWaits: "Nothing waits.",
  held: (count: string, one: boolean) => `${count} ${one ? "order is" : "orders are"} on hold`,
  emails: ["e-mail", "e-mails"],
  messages: ["message to a webhook", "messages to webhooks"],
  waits: (counted: string, one: boolean) => `${counted} ${one ? "waits" : "wait"}`,
  since: "since",
  givenUp: (counted: string) => `${counted} could not be sent`,
  latest: "Live orders",
  noLatest: "There are no orders yet.",
  order: "Order",
  orderLabel: (id: string) => `Order ${id}`,
  more: (title: string, more: number) => (more === 0 ? title : `${title} and ${more} more`),
  topProducts: "Top products today",
  nothingSold: "Nothing was sold yet today.",
  lowStock: "Low stock",
  nothingLow: "Nothing runs out.",
  lowProducts: (count: string, one: boolean) => `${count} ${one ? "product" : "products"}`,
  soldOut: (count: string) => `${count} sold out`,
  ofThreshold: (quantity: string, threshold: string) => `${quantity} of ${threshold}`,
  ordersPlot: "Orders by minute, the last hour",
  ordersPlotSaid: (confirmed: string, rejected: string) =>
    `In the last hour ${confirmed} orders were confirmed and ${rejected} rejected.`,
  revenuePlot: "Revenue by minute, the last hour",
  revenuePlotSaid: (revenue: string) => `In the last hour the shop took ${revenue}.`,
  confirmed: "Confirmed",
  rejected: "Rejected",
  revenueLine: "Revenue",
};

/** Revenue beside that of the weekday before: `+12 %, more than the $80.00 of last Tuesday by 14:05`. */
export function comparisonWords(
  comparison: Comparison,
  { before, day, time }: Record<"before" | "day" | "time", string>,
) {
  const then = `last ${day} by ${time}`;
  switch (comparison.kind) {
    case "none":
      return `Nothing was sold ${then}.`;
    case "same":
      return `As much as ${then}.`;
    case "more":
      return `${comparison.percent}, more than the ${before} of ${then}`;
    case "less":
      return `${comparison.percent}, less than the ${before} of ${then}`;
    default:
      return comparison satisfies never;
  }
}
