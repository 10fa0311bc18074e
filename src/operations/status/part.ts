/** What `status` says of one part of a running shop. */
import { withTimeout } from "../../platform/async/with-timeout.ts";
import { messageOf } from "../../platform/telemetry/outage.ts";

export interface Part {
  /** A name that stays. */
  part: PartName;
  /** "unknown": it could not be looked at, because another part is away. Only "ok" is well. */
  state: "ok" | "problem" | "unknown";
  /** How it stands, in a sentence. */
  text: string;
  /** What to do; "" when nothing is to be done. */
  action: string;
  /** The numbers behind the sentence. */
  figures: Record<string, number>;
}

export type PartName =
  | "database"
  | "replicas"
  | "redis"
  | "worker"
  | "jobs"
  | "outbox"
  | "email"
  | "webhooks"
  | "dead letters";

type Told = Omit<Part, "part">;

/**
 * Whom it is told: whoever runs the server also hears where a part is and what it said, a caller of the API neither,
 * since either may have an address or a name in it.
 */
export type Audience = "operator" | "caller";

export function placeFor(audience: Audience, place: string): string {
  return audience === "operator" ? ` at ${place}` : "";
}

export function reasonFor(audience: Audience, reason: string): string {
  return audience === "operator" ? ` (${reason})` : "";
}

export function ok(text: string, figures: Part["figures"] = {}): Told {
  return { state: "ok", text, action: "", figures };
}

export function problem(text: string, action: string, figures: Part["figures"] = {}): Told {
  return { state: "problem", text, action, figures };
}

/** Statements and connections end sooner; this is for what has no limit of its own. */
const LOOK_MS = 8_000;

/** Looks at a part; a part that cannot be looked at is unknown, and keeps nobody from seeing the others. */
export async function look(part: PartName, audience: Audience, ask: () => Promise<Told>): Promise<Part> {
  const unknown = (reason: string): Part => ({
    part,
    state: "unknown",
    text: audience === "operator" ? `This cannot be told: ${reason}.` : "This cannot be told.",
    action: "Mend what the lines above name first.",
    figures: {},
  });
  try {
    const looked = ask().then((told): Part => ({ part, ...told }));
    return await withTimeout(LOOK_MS, looked, () => unknown("it took too long"));
  } catch (error) {
    return unknown(messageOf(error));
  }
}

/** "1 e-mail waits", "2 e-mails wait". */
export function counted(count: number, [one, many]: readonly [one: string, many: string]): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Of seconds, for people: "40 s", "12 min", "3 h", "2 days". */
export function lengthOf(seconds: number): string {
  if (seconds < 2 * MINUTE) return `${Math.round(seconds)} s`;
  if (seconds < 2 * HOUR) return `${Math.round(seconds / MINUTE)} min`;
  return seconds < 2 * DAY ? `${Math.round(seconds / HOUR)} h` : `${Math.round(seconds / DAY)} days`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
