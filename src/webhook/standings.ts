/**
 * How webhooks stand with a worker: how many messages each may have in hand, by how it answered the last one.
 *
 * A circuit breaker. Whoever answers at once gets several at a time; whoever is new or slow gets one; whoever does not
 * answer gets none for a while, which doubles, and then one to try. In memory, since it costs a worker one message to
 * find out.
 */
import type { Outcome } from "./attempt.ts";
import type { Share } from "./deliveries.ts";

/** What its connections and its rate bear without being asked. */
const MOST_OF_QUICK = 4;
/** Of one that is new, slow, or tried again. */
export const MOST_OF_SLOW = 1;
/** Slower ones hold a place for so long that several would be felt. */
const QUICK_MS = 2_000;
/** After a restart it is back soon; one that has hung for minutes is asked every five. */
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 300_000;
/** More webhooks than a business has; the one that was heard of longest ago begins anew. */
const MAX_KNOWN = 10_000;

interface Standing {
  most: number;
  /** Of the last pause; 0: it answered. */
  pauseMs: number;
  /** By the clock of `performance.now()`. */
  pausedUntilMs: number;
}

export class Standings {
  readonly #known = new Map<string, Standing>();

  /** What came of an attempt. */
  note(webhookId: string, { status, durationMs }: Pick<Outcome, "status" | "durationMs">, nowMs = performance.now()): void {
    const before = this.#known.get(webhookId);
    this.#known.delete(webhookId);
    const [oldest] = this.#known.size < MAX_KNOWN ? [] : this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
    if (status !== 0) {
      this.#known.set(webhookId, { most: durationMs <= QUICK_MS ? MOST_OF_QUICK : MOST_OF_SLOW, pauseMs: 0, pausedUntilMs: 0 });
      return;
    }
    const isPaused = before !== undefined && nowMs < before.pausedUntilMs;
    // Of several in hand the first that fails counts.
    const pauseMs = isPaused ? before.pauseMs : Math.min(MAX_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * (before?.pauseMs ?? 0)));
    this.#known.set(webhookId, { most: MOST_OF_SLOW, pauseMs, pausedUntilMs: isPaused ? before.pausedUntilMs : nowMs + pauseMs });
  }

  /** Of each that something is known of or that has something in hand; every other one may have as many as a slow one. */
  shares(inHand: ReadonlyMap<string, number>, nowMs = performance.now()): Map<string, Share> {
    const shares = new Map([...this.#known].map(([id, { most, pausedUntilMs }]) => [id, { inHand: 0, most: nowMs < pausedUntilMs ? 0 : most }]));
    for (const [id, count] of inHand) shares.set(id, { most: MOST_OF_SLOW, ...shares.get(id), inHand: count });
    return shares;
  }
}
