/** How values are shown, the same on every screen. */
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";
import { Badge as Pill, Code } from "@mantine/core";
import { Link } from "../route.tsx";
import { words as partWords } from "../words/parts.ts";

const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });

export function Moment({ time }: { time: Timestamp | undefined }) {
  if (time === undefined) return <span aria-label={partWords.none}>–</span>;
  const date = timestampDate(time);
  return <time dateTime={date.toISOString()}>{MOMENT.format(date)}</time>;
}

/** For files: RFC 3339, which every program reads. */
export function momentText(time: Timestamp | undefined): string {
  return time === undefined ? "" : timestampDate(time).toISOString();
}

export type Tone = "good" | "bad" | "wait" | "plain";

const colors: Record<Tone, string> = { good: "teal", bad: "red", wait: "yellow", plain: "gray" };

export function Badge({ words, tone }: { words: string; tone: Tone }) {
  return (
    <Pill miw="max-content" variant="light" color={colors[tone]} tt="none" fw={600}>
      {words}
    </Pill>
  );
}

export function YesNo({
  yes,
  words = [partWords.active, partWords.inactive],
}: {
  yes: boolean | undefined;
  words?: [string, string];
}) {
  return <Badge words={yes === true ? words[0] : words[1]} tone={yes === true ? "good" : "plain"} />;
}

/** An id's end, which is what differs; the whole of it on hover and for copying. */
export function Id({ id, to }: { id: string; to?: string }) {
  if (id === "") return <span aria-label={partWords.none}>–</span>;
  const short = <Code title={id}>…{id.slice(-8)}</Code>;
  return to === undefined ? (
    short
  ) : (
    <Link to={to} label={id}>
      {short}
    </Link>
  );
}

/** A thing by its name, which leads to it; by its id where it has no name any more. */
export function Named({ name, id, to }: { name: string; id: string; to: string }) {
  return name === "" ? <Id id={id} to={to} /> : <Link to={to}>{name}</Link>;
}
