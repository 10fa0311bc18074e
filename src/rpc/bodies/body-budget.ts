/**
 * The bodies of requests that are on their way, of both ports: how many bytes of them a process keeps, and for how long.
 *
 * Anybody may send a body, signed in or not. Where there is no more room the one that has been under way for longest is
 * given up and not the newest: bodies that honest callers send are here within milliseconds, and those that somebody
 * leaves open are the oldest.
 */
import { Failure } from "../../platform/errors/failure.ts";

export interface BodyLimits {
  /** Of all bodies that are under way, together. */
  maxBytes: number;
  /** How long one may take, whatever its protocol. */
  maxAgeMs: number;
}

/** Eight uploads at once, or 256 other requests of the largest kind; a body from a poor mobile connection is here within a minute. */
const LIMITS: BodyLimits = { maxBytes: 64 * 1024 * 1024, maxAgeMs: 60_000 };
const RETRY_AFTER_MS = 1_000;

/** One body, for whoever reads it. */
export interface Incoming {
  /** So many bytes more are kept of it. */
  take(bytes: number): void;
  /** It is here, or will not come. */
  end(): void;
}

interface UnderWay {
  bytes: number;
  sinceMs: number;
  giveUp: (failure: Failure) => void;
}

export class BodyBudget {
  readonly #limits: BodyLimits;
  /** The oldest first. */
  readonly #underWay = new Set<UnderWay>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: BodyLimits = LIMITS) {
    this.#limits = limits;
  }

  get underWay(): { count: number; bytes: number } {
    return { count: this.#underWay.size, bytes: this.#bytes };
  }

  /** @param giveUp forgets what came of the body, and refuses its request */
  begin(giveUp: (failure: Failure) => void): Incoming {
    const body = { bytes: 0, sinceMs: performance.now(), giveUp };
    this.#underWay.add(body);
    this.#watch();
    return {
      take: (bytes) => {
        if (!this.#underWay.has(body)) return;
        body.bytes += bytes;
        this.#bytes += bytes;
        if (this.#bytes > this.#limits.maxBytes) this.#makeRoom();
      },
      end: () => this.#forget(body),
    };
  }

  #makeRoom(): void {
    for (const oldest of this.#underWay) {
      if (this.#bytes <= this.#limits.maxBytes) return;
      if (oldest.bytes > 0)
        this.#refuse(
          oldest,
          new Failure("TOO_BUSY", "Too many requests are on their way. Send this one again shortly.", {
            retryAfterMs: RETRY_AFTER_MS,
          }),
        );
    }
  }

  #watch(): void {
    const [oldest] = this.#underWay;
    if (oldest === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#endLate(), oldest.sinceMs + this.#limits.maxAgeMs - performance.now());
    // A process that ends need not wait for it.
    this.#timer.unref();
  }

  #endLate(): void {
    this.#timer = undefined;
    const latestMs = performance.now() - this.#limits.maxAgeMs;
    for (const body of this.#underWay) {
      if (body.sinceMs > latestMs) break;
      this.#refuse(
        body,
        new Failure(
          "DEADLINE_EXCEEDED",
          `The request did not come within ${this.#limits.maxAgeMs / 1_000} seconds; nothing was changed.`,
        ),
      );
    }
    this.#watch();
  }

  #refuse(body: UnderWay, failure: Failure): void {
    this.#forget(body);
    body.giveUp(failure);
  }

  #forget(body: UnderWay): void {
    if (this.#underWay.delete(body)) this.#bytes -= body.bytes;
  }
}

/** Those of this process. */
export const bodyBudget = new BodyBudget();
