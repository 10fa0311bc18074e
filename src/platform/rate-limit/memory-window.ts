/**
 * A sliding window in this process's memory: an exact log of the calls that were let through.
 *
 * Stands in for Redis while that is away. A counter for each minute, or a bucket that refills, would let twice the
 * count through around a boundary.
 */
import { BoundedMap } from "../cache/bounded-map.ts";
import type { Window } from "../config/rate-limits.ts";

/** A window that a call counts in. */
export interface Ask {
  key: string;
  window: Window;
  /** Whether the call is not let through when there is no room; without room it is not counted here either way. */
  binding: boolean;
}

export interface Verdict {
  /** Whether there was room. */
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

export class MemoryWindow {
  readonly #logs = new BoundedMap<string, number[]>({ maxEntries: MAX_KEYS });
  readonly #now: () => number;

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Counts a call if there is room for it. */
  take(key: string, window: Window): Verdict {
    const [verdict] = this.takeAll([{ key, window, binding: true }]);
    if (verdict === undefined) throw new TypeError("a window gave no verdict");
    return verdict;
  }

  /** Counts a call in every window that has room, if all that are binding have; otherwise in none. */
  takeAll<A extends Ask>(asks: readonly A[]): (A & Verdict)[] {
    const now = this.#now();
    const logs = asks.map(({ key, window }) => (this.#logs.get(key) ?? []).filter((at) => at >= now - window.windowMs));
    const hasRoom = asks.map(({ window }, index) => (logs[index]?.length ?? 0) < window.count);
    const passes = asks.every(({ binding }, index) => !binding || hasRoom[index] === true);
    return asks.map((ask, index) => {
      const {
        key,
        window: { count, windowMs },
      } = ask;
      const log = logs[index] ?? [];
      const allowed = hasRoom[index] === true;
      if (passes && allowed) log.push(now);
      this.#logs.set(key, log);
      const oldest = log[0] ?? now;
      return {
        ...ask,
        allowed,
        remaining: count - log.length,
        resetMs: Math.max(1, Math.ceil(oldest + windowMs - now)),
        entry: String(now),
      };
    });
  }

  giveBack(key: string, entry: string): void {
    const log = this.#logs.get(key);
    const index = log?.indexOf(Number(entry)) ?? -1;
    if (index >= 0) log?.splice(index, 1);
  }
}
