/**
 * A sliding window in this process's memory: an exact log of the calls that were let through.
 *
 * Stands in for Redis while that is away. A counter for each minute, or a bucket that refills, would let twice the
 * count through around a boundary.
 */
import type { Window } from "./rate-limits.ts";

export interface Verdict {
  allowed: boolean;
  /** How many more would be let through now. */
  remaining: number;
  /** Until the oldest entry leaves the window: refused now, a call may come again then. */
  resetMs: number;
  /** Names the entry, to give it back. */
  entry: string;
}

/** Each key keeps at most its window's count; when there are too many keys the longest unused go. */
const MAX_KEYS = 50_000;

export class WindowLog {
  readonly #logs = new Map<string, number[]>();
  readonly #now: () => number;

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  take(key: string, { count, windowMs }: Window): Verdict {
    const now = this.#now();
    const log = (this.#logs.get(key) ?? []).filter((at) => at >= now - windowMs);
    const allowed = log.length < count;
    if (allowed) log.push(now);
    this.#keep(key, log);
    const oldest = log[0] ?? now;
    return { allowed, remaining: count - log.length, resetMs: Math.max(1, Math.ceil(oldest + windowMs - now)), entry: String(now) };
  }

  giveBack(key: string, entry: string): void {
    const log = this.#logs.get(key);
    const index = log?.indexOf(Number(entry)) ?? -1;
    if (index >= 0) log?.splice(index, 1);
  }

  /** At the end of the map, which keeps the order in which keys were last used. */
  #keep(key: string, log: number[]): void {
    this.#logs.delete(key);
    this.#logs.set(key, log);
    if (this.#logs.size <= MAX_KEYS) return;
    const [longestUnused] = this.#logs.keys();
    if (longestUnused !== undefined) this.#logs.delete(longestUnused);
  }
}
