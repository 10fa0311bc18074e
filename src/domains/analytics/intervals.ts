/**
 * A period cut into minutes, hours or days of a time zone. Pure.
 *
 * By Intl's own time zones and not PostgreSQL's, so that a zone is known here or nowhere, and a day that has midnight
 * twice begins with the first: PostgreSQL's date_trunc takes the second, and would put an hour into the wrong day.
 */
import { invalidField } from "../../platform/errors/failure.ts";

export const granularities = ["MINUTE", "HOUR", "DAY"] as const;
export type Granularity = (typeof granularities)[number];

export interface Period {
  /** Milliseconds since 1970. */
  startMs: number;
  /** Excluded. */
  endMs: number;
}

/** A day by minutes with an hour to spare, two months by hours, four years by days. */
export const MAX_INTERVALS = 1_500;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/**
 * When each interval of the period begins, milliseconds since 1970; the first one may begin before the period does.
 * @param timeZone an IANA name, or "" for UTC
 * @throws Failure INVALID_FIELDS for a zone that nobody knows and for more than 1,500 intervals
 */
export function intervalsOf({ startMs, endMs }: Period, granularity: Granularity, timeZone: string): number[] {
  const { floor, next } = rulerOf(granularity, offsetsOf(timeZone));
  const starts: number[] = [];
  for (let ms = floor(startMs); ms < endMs; ms = next(ms)) {
    if (starts.length === MAX_INTERVALS) {
      throw invalidField(
        "start_time",
        `the period has more than ${MAX_INTERVALS} intervals; take longer ones or a shorter period`,
      );
    }
    starts.push(ms);
  }
  return starts;
}

/** What is added to UTC for the zone's local time at an instant; all in milliseconds. */
type Offsets = (ms: number) => number;

interface Ruler {
  /** The start of the interval that an instant lies in. */
  floor: (ms: number) => number;
  /** The start of the interval behind one. */
  next: (start: number) => number;
}

function rulerOf(granularity: Granularity, offset: Offsets): Ruler {
  switch (granularity) {
    case "MINUTE":
      return { floor: (ms) => ms - (ms % MINUTE_MS), next: (start) => start + MINUTE_MS };
    case "HOUR":
      return hours(offset);
    case "DAY":
      return days(offset);
    default:
      return granularity satisfies never;
  }
}

function hours(offset: Offsets): Ruler {
  const intoHour = (ms: number) => modulo(ms + offset(ms), HOUR_MS);
  const next = (start: number) => start + HOUR_MS - intoHour(start);
  // Where clocks are changed by half an hour, the change itself begins an interval.
  const floor = (ms: number) => {
    let start = ms - intoHour(ms);
    for (let behind = next(start); behind <= ms; behind = next(start)) start = behind;
    return start;
  };
  return { floor, next };
}

function days(offset: Offsets): Ruler {
  const dateOf = (ms: number) => ms + offset(ms) - modulo(ms + offset(ms), DAY_MS);
  const floor = (ms: number) => {
    let date = dateOf(ms);
    while (startOfDate(date, offset) > ms) date -= DAY_MS;
    return startOfDate(date, offset);
  };
  const next = (start: number) => {
    let date = dateOf(start) + DAY_MS;
    while (startOfDate(date, offset) <= start) date += DAY_MS;
    return startOfDate(date, offset);
  };
  return { floor, next };
}

/** The first instant of a local date, given as if it were UTC: the first midnight, or the end of the gap that swallowed it. */
function startOfDate(date: number, offset: Offsets): number {
  const [before, after] = [offset(date - DAY_MS), offset(date + DAY_MS)];
  const midnights = [date - before, date - after].filter((ms) => ms + offset(ms) === date);
  return midnights.length === 0 ? date - before : Math.min(...midnights);
}

/** @throws Failure INVALID_FIELDS */
function offsetsOf(timeZone: string): Offsets {
  if (timeZone === "" || timeZone === "UTC") return () => 0;
  const format = formatOf(timeZone);
  return (ms) => {
    const name = format.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const [, sign, hour = 0, minute = 0, second = 0] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?/.exec(name) ?? [];
    return (sign === "-" ? -1_000 : 1_000) * (Number(hour) * 3_600 + Number(minute) * 60 + Number(second));
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  try {
    // Offsets such as +01:00 are none of IANA's names, and Intl would take them.
    if (/^[+-]/.test(timeZone)) throw new RangeError("an offset is no time zone");
    return new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  } catch {
    throw invalidField("time_zone", `${timeZone} is no time zone; take an IANA name such as Europe/Berlin`);
  }
}

/** Never negative, also where local time lies before 1970. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
