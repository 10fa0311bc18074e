/** The history of a run: every call with all its attempts, and what each was told. */
import { closeSync, openSync, writeSync } from "node:fs";
import type { Way } from "./workload.ts";

export type What =
  | "place"
  | "check out"
  | "confirm"
  | "cancel"
  | "ship"
  | "deliver"
  | "set"
  | "adjust"
  | "transfer"
  | "add to cart"
  | "look at cart"
  | "read order"
  | "read"
  | "sign in";

/** "unknown": nothing was heard that says whether it was done. */
export type Outcome = "answered" | "refused" | "unknown";

export interface Attempt {
  way: Way;
  /** Since the start of the run. */
  sentMs: number;
  endedMs: number;
  outcome: Outcome;
  /** Of a refusal, or the code of a failure that has no reason. */
  reason: string;
  order: ToldOrder | undefined;
}

export interface ToldOrder {
  id: string;
  /** Without its prefix. */
  status: string;
  /** `product×quantity`, sorted. */
  lines: string;
  /** Minor units. */
  total: number;
}

/** Quantities by product id. */
export type ToldCart = Record<string, number>;

export interface Call {
  /** The x-request-id of every attempt, and the request_id where the RPC takes one. */
  id: string;
  /** Who, by the run's own names; for customers the user's id. */
  actor: string;
  what: What;
  /** The order that is meant, where there is one. */
  orderId: string;
  /** What is added to the cart, by product; of stock, what its movements of this call must sum up to. */
  quantities: Record<string, number>;
  attempts: Attempt[];
  outcome: Outcome;
  order: ToldOrder | undefined;
  cart: ToldCart | undefined;
}

export function newCall(call: Pick<Call, "id" | "actor" | "what"> & Partial<Call>): Call {
  return { orderId: "", quantities: {}, attempts: [], outcome: "unknown", order: undefined, cart: undefined, ...call };
}

/** Reasons of answers that leave a call open: whoever insists asks again. */
const PASSING = new Set(["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELED", "TOO_BUSY", "INVALID_TOKEN", "INTERNAL"]);

/** Whether it left the call open. */
export function isPassing({ outcome, reason }: Pick<Attempt, "outcome" | "reason">): boolean {
  return outcome === "unknown" || PASSING.has(reason);
}

/** Whether an attempt may have been done without anybody having been told. */
export function isTainted({ attempts }: Call): boolean {
  return attempts.some(({ outcome }) => outcome === "unknown");
}

/** `product×quantity` of each, sorted: how lines are compared. */
export function linesOf(quantities: Record<string, number>): string {
  return Object.entries(quantities)
    .map(([product, quantity]) => `${product}×${quantity}`)
    .sort()
    .join(" ");
}

/** A line of JSON for each. */
export function writeHistory(file: string, lines: Iterable<object>): void {
  const opened = openSync(file, "w", 0o600);
  for (const line of lines) writeSync(opened, `${JSON.stringify(line)}\n`);
  closeSync(opened);
}
