/** How today's revenue stands beside that of the same weekday before, at the same time of day. Pure. */
import type { Money } from "../../../../gen/google/type/money_pb.ts";
import { numberOfMoney } from "../data/money.ts";

export type Comparison = { kind: "none" } | { kind: "same" } | { kind: "more" | "less"; percent: string };

export function compare(now: Money | undefined, before: Money | undefined): Comparison {
  const [today, then] = [now, before].map((money) => (money === undefined ? 0 : numberOfMoney(money)));
  if (today === undefined || then === undefined || then === 0) return { kind: "none" };
  if (today === then) return { kind: "same" };
  const percent = new Intl.NumberFormat("en", { maximumFractionDigits: 0, signDisplay: "always" });
  const share = ((today - then) / then) * 100;
  // What rounds to nothing is told as what it is, with a digit more.
  const text = Math.abs(share) < 1 ? `${share > 0 ? "+" : "-"}<1` : percent.format(share);
  return { kind: today > then ? "more" : "less", percent: `${text.replace("-", "−")} %` };
}

export interface Span {
  startMs: number;
  /** Excluded. */
  endMs: number;
}

/** From midnight until now, in the browser's zone. */
export function today(nowMs: number): Span {
  return { startMs: new Date(nowMs).setHours(0, 0, 0, 0), endMs: nowMs };
}

/**
 * From midnight until the same time of day, seven days earlier: by the calendar and not by hours, so that a day of 23 or
 * 25 hours in between moves neither end.
 */
export function weekBefore(nowMs: number): Span {
  const now = new Date(nowMs);
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate() - 7];
  const end = new Date(year, month, day, now.getHours(), now.getMinutes(), now.getSeconds());
  return { startMs: new Date(year, month, day).getTime(), endMs: end.getTime() };
}
