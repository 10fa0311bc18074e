/**
 * A circuit breaker for each destination, be it a webhook's receiver or the mail server: how many messages it may have
 * in hand, by how it answered the last one. Pure; the caller has the clock.
 *
 * One that answers soon gets several at a time; one that is new or slow gets one; one that does not answer gets none
 * for a while, which doubles, and then one to try. In memory, since it costs a worker one message to find out.
 */
import { BoundedMap } from "../../../platform/cache/bounded-map.ts";

export interface BreakerTerms {
  /** In hand of one that answers soon. */
  most: number;
  /** Whatever takes longer to answer is slow. */
  quickMs: number;
  firstPauseMs: number;
  maxPauseMs: number;
}

/** What one destination has in hand already, and may have at most. */
export interface Share {
  inHand: number;
  most: number;
}

/** In hand of one that is new, slow, or tried again. */
export const MOST_OF_SLOW = 1;
/** Failures in a row. One may be the message's fault, or a restart. */
const OUTAGE = 2;
/** More webhooks than a business has; the one that was heard of longest ago begins anew. */
const MAX_KNOWN = 10_000;

interface Standing {
  most: number;
  /** Tries in a row without an answer; 0: it answered. */
  failures: number;
  /** By the clock of `performance.now()`. */
  pausedUntilMs: number;
}

export class CircuitBreaker {
  readonly #terms: BreakerTerms;
  readonly #known = new BoundedMap<string, Standing>({ maxEntries: MAX_KNOWN });

  constructor(terms: BreakerTerms) {
    this.#terms = terms;
  }

  /** What came of an attempt. @returns whether an outage began by it, or ended */
  note(
    key: string,
    { answered, durationMs }: { answered: boolean; durationMs: number },
    nowMs = performance.now(),
  ): "away" | "back" | undefined {
    const before = this.#known.get(key);
    // Of several in hand the first that fails counts.
    if (!answered && before !== undefined && nowMs < before.pausedUntilMs) return undefined;
    const wasAway = this.isAway(key);
    if (answered) {
      this.#known.set(key, {
        most: durationMs <= this.#terms.quickMs ? this.#terms.most : MOST_OF_SLOW,
        failures: 0,
        pausedUntilMs: 0,
      });
      return wasAway ? "back" : undefined;
    }
    const failures = (before?.failures ?? 0) + 1;
    this.#known.set(key, { most: MOST_OF_SLOW, failures, pausedUntilMs: nowMs + this.#pauseMs(failures) });
    return failures === OUTAGE ? "away" : undefined;
  }

  /** Whether it has not answered several times in a row. */
  isAway(key: string): boolean {
    return (this.#known.get(key)?.failures ?? 0) >= OUTAGE;
  }

  /** How many do not answer. */
  countAway(): number {
    return this.#known.keys().reduce((count, key) => count + (this.isAway(key) ? 1 : 0), 0);
  }

  /** How many it may have in hand now; and for how long it gets none. */
  turn(key: string, nowMs = performance.now()): { most: number; waitMs: number } {
    const { most, pausedUntilMs } = this.#known.get(key) ?? { most: MOST_OF_SLOW, pausedUntilMs: 0 };
    return nowMs < pausedUntilMs ? { most: 0, waitMs: pausedUntilMs - nowMs } : { most, waitMs: 0 };
  }

  /** Of each that something is known of or that has something in hand; every other one may have as many as a slow one. */
  shares(inHand: ReadonlyMap<string, number>, nowMs = performance.now()): Map<string, Share> {
    const keys = new Set([...this.#known.keys(), ...inHand.keys()]);
    return new Map([...keys].map((key) => [key, { inHand: inHand.get(key) ?? 0, most: this.turn(key, nowMs).most }]));
  }

  #pauseMs(failures: number): number {
    return Math.min(this.#terms.maxPauseMs, this.#terms.firstPauseMs * 2 ** (failures - 1));
  }
}
