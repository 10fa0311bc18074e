/** How values are shown, the same on every screen. */
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import type { DescEnum } from "@bufbuild/protobuf";
import { Link } from "../route.tsx";

const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export function Moment({ time }: { time: Timestamp | undefined }) {
  if (time === undefined) return <span aria-label="none">–</span>;
  const date = timestampDate(time);
  return <time dateTime={date.toISOString()}>{MOMENT.format(date)}</time>;
}

/** `ORDER_STATUS_CONFIRMED` as `Confirmed`. */
export function enumWords({ values, sharedPrefix = "" }: DescEnum, number: number): string {
  const name = values.find((value) => value.number === number)?.name ?? String(number);
  return sentence(name.toLowerCase().replace(sharedPrefix, ""));
}

/** `low_stock_threshold` as `Low stock threshold`. */
export function sentence(name: string): string {
  const words = name.replaceAll("_", " ").replace(/\b(id|sku|url)\b/g, (word) => word.toUpperCase());
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export type Tone = "good" | "bad" | "wait" | "plain";

export function Badge({ words, tone }: { words: string; tone: Tone }) {
  return <span className={`badge ${tone}`}>{words}</span>;
}

export function YesNo({ yes, words = ["Active", "Inactive"] }: { yes: boolean | undefined; words?: [string, string] }) {
  return <Badge words={yes === true ? words[0] : words[1]} tone={yes === true ? "good" : "plain"} />;
}

/** An id's end, which is what differs; the whole of it on hover and for copying. */
export function Id({ id, to }: { id: string; to?: string }) {
  if (id === "") return <span aria-label="none">–</span>;
  const short = <code title={id}>…{id.slice(-8)}</code>;
  return to === undefined ? short : <Link to={to} label={id}>{short}</Link>;
}
