/** What `status` says of one part of a running shop. */
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

export function ok(text: string, figures: Part["figures"] = {}): Told {
  return { state: "ok", text, action: "", figures };
}

export function problem(text: string, action: string, figures: Part["figures"] = {}): Told {
  return { state: "problem", text, action, figures };
}

/** Looks at a part; a part that cannot be looked at is unknown, and keeps nobody from seeing the others. */
export async function look(part: PartName, ask: () => Promise<Told>): Promise<Part> {
  try {
    return { part, ...(await ask()) };
  } catch (error) {
    const reason = messageOf(error);
    return {
      part,
      state: "unknown",
      text: `This cannot be told: ${reason}.`,
      action: "Mend what the lines above name first.",
      figures: {},
    };
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
