/**
 * What is said of a part that is away: one line when it goes and one when it is back, however many of a process notice.
 *
 * That parts go away is expected: the line has their words and no stack, and what is tried meanwhile says nothing.
 */
import { databaseFailure } from "../errors/database-errors.ts";
import { Failure } from "../errors/failure.ts";
import type { Logger } from "./log.ts";

export class Outage {
  readonly #part: string;
  readonly #meanwhile: string;
  /** Those who notice it: it is over when none of them does any more. */
  readonly #who = new Set<object>();

  constructor(part: string, meanwhile: string) {
    this.#part = part;
    this.#meanwhile = meanwhile;
  }

  began(who: object, error: unknown, log: Logger): void {
    if (this.#who.size === 0) log.warn({ reason: messageOf(error) }, `${this.#part} is away; ${this.#meanwhile}`);
    this.#who.add(who);
  }

  /** Also for one who has not noticed it. */
  ended(who: object, log: Logger): void {
    if (this.#who.delete(who) && this.#who.size === 0) log.info(`${this.#part} is back`);
  }
}

export const databaseOutage = new Outage("PostgreSQL", "what needs it waits, or is refused");
export const redisOutage = new Outage(
  "Redis",
  "limits count in each process by itself, changes of orders are found by polling, e-mail waits",
);

/** @returns whether work failed because a part is away, which is told then, and not by whoever wanted it */
export function isOutage(who: object, error: unknown, log: Logger): boolean {
  // Whoever has the connection to that part tells.
  if (error instanceof Failure) return error.reason === "UNAVAILABLE";
  const reason = databaseFailure(error)?.reason;
  const isAway = reason === "UNAVAILABLE" || reason === "TOO_BUSY";
  if (isAway) databaseOutage.began(who, error, log);
  return isAway;
}

/** An error's own words. Several addresses were tried: an AggregateError has no text of its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
