/** Composes an e-mail: from an order's details and a template to a message, without sending it. */
import type { Currency } from "../platform/money.ts";
import { formatAmount } from "./amount.ts";
import type { EmailJob } from "./deliveries.ts";
import type { DetailLine, OrderDetails } from "./order-details.ts";
import { renderHtml, renderText, type Template, type Values } from "./templates.ts";

export interface Message {
  /** With its angle brackets. The same event always has the same, so that a repeat is known as one. */
  messageId: string;
  to: { name: string; address: string };
  subject: string;
  text: string;
  html: string;
}

export interface ComposeOptions {
  template: Template;
  currency: Currency;
  /** The domain of the sender's address. */
  domain: string;
}

export function compose(job: EmailJob, details: OrderDetails, { template, currency, domain }: ComposeOptions): Message {
  const values = valuesOf(details, currency);
  const [subject = "", ...body] = renderText(template.text, values).split("\n");
  return {
    messageId: `<order-${job.orderId}-${job.sequence}@${domain}>`,
    to: { name: details.recipient.firstName, address: details.recipient.email },
    subject: subject.replace(/^Subject:\s*/, ""),
    text: body.join("\n").trimStart(),
    html: renderHtml(template.html, values),
  };
}

function valuesOf(details: OrderDetails, currency: Currency): Values {
  const amount = (minor: bigint): string => formatAmount(minor, currency);
  const { recipient, discount, promoCode } = details;
  const code = promoCode === "" ? "" : ` (${oneLine(promoCode)})`;
  const reduction: Values = { discount: amount(discount), promoCode: code };
  return {
    greeting: recipient.firstName === "" ? "Hello," : `Hello ${oneLine(recipient.firstName)},`,
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
function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
