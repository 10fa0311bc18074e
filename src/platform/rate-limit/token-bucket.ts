/**
 * The general limit: a bucket of calls for each caller, in this process's memory.
 *
 * Not in Redis: it is asked on every call, also on those that are answered in ten microseconds. Its purpose is that
 * one caller cannot take a process from all others, and for that each process counts for itself.
 */
import { BoundedMap } from "../cache/bounded-map.ts";
import type { Bucket } from "../config/rate-limits.ts";

/** Some 100 bytes each. The oldest goes, and with it at most one burst of a caller who was long here. */
const MAX_CALLERS = 50_000;

interface Level {
  tokens: number;
  atMs: number;
}

export class TokenBuckets {
  readonly #levels = new BoundedMap<string, Level>({ maxEntries: MAX_CALLERS });
  readonly #now: () => number;

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes one; 0 when it was there, else the milliseconds until one is. */
  take(caller: string, { perSecond, burst }: Bucket): number {
    const now = this.#now();
    const level = this.#levels.get(caller) ?? this.#begin(caller, { tokens: burst, atMs: now });
    level.tokens = Math.min(burst, level.tokens + ((now - level.atMs) * perSecond) / 1_000);
    level.atMs = now;
    if (level.tokens < 1) return Math.max(1, Math.ceil(((1 - level.tokens) * 1_000) / perSecond));
    level.tokens--;
    return 0;
  }

  #begin(caller: string, level: Level): Level {
    this.#levels.set(caller, level);
    return level;
  }
}
