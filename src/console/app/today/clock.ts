/** The minute that runs, and times as the API takes them. */
import { useEffect, useState } from "react";

export const MINUTE_MS = 60_000;
/** The minute moves on within this of its beginning. */
const LOOK_MS = 5_000;

/** In milliseconds since 1970. */
export function useMinute(): number {
  const now = () => Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const [minute, setMinute] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setMinute(now()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return minute;
}

export function stamp(ms: number): { seconds: bigint } {
  return { seconds: BigInt(Math.floor(ms / 1_000)) };
}

/** An IANA name, by which the server's days begin where the browser's do. */
export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-21T00:00`, as a field of day and time has it. */
export function localText(ms: number): string {
  const at = new Date(ms);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
