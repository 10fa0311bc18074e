/** What a template can say of an order: names on one line, amounts as people read them. */
import type { Currency } from "../../../../platform/wire/money.ts";
import { formatAmount } from "./format-amount.ts";
import type { DetailLine, OrderDetails } from "./order-details.ts";
import type { Values } from "./templates.ts";

export function orderValues(details: OrderDetails, currency: Currency): Values {
  const amount = (minor: bigint): string => formatAmount(minor, currency);
  const { discount, promoCode } = details;
  const code = promoCode === "" ? "" : ` (${oneLine(promoCode)})`;
  const reduction: Values = { discount: amount(discount), promoCode: code };
  return {
    orderId: details.orderId,
    storeName: oneLine(details.storeName),
    placedAt: minuteOf(details.placedAt),
    subtotal: amount(details.subtotal),
    total: amount(details.total),
    reductions: discount > 0n ? [reduction] : [],
    expired: details.expiredAt === undefined ? [] : [{ holdExpiresAt: minuteOf(details.expiredAt) }],
    lines: details.lines.map((line) => lineValues(line, amount)),
    shortLines: details.lines.filter(isShort).map((line) => lineValues(line, amount)),
  };
}

function minuteOf(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function isShort({ available }: DetailLine): boolean {
  return available !== undefined;
}

function lineValues(line: DetailLine, amount: (minor: bigint) => string): Values {
  return {
    title: oneLine(line.title),
    sku: oneLine(line.sku),
    quantity: line.quantity.toString(),
    unitPrice: amount(line.unitPrice),
    lineTotal: amount(line.lineTotal),
    available: (line.available ?? 0n).toString(),
  };
}

/** A line break in a name would tear the text apart, and the subject. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
