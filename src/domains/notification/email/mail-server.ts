/**
 * The mail server as a worker sees it: whether it takes messages, and whose turn it is to try.
 *
 * While it cannot be reached, e-mails wait before they are taken in hand, and one at a time tries, each second and then
 * more seldom; the first that gets through lets all go. So an outage is over for thousands of them as soon as for one.
 * A server that says "not now" to each is asked for each by its own schedule, since it may take one and not another;
 * when it takes one after all, the others need not wait for their turns.
 */
import { CircuitBreaker } from "../delivery/circuit-breaker.ts";
import { withTimeout } from "../../../platform/async/with-timeout.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import type { Verdict } from "./smtp-verdict.ts";

export interface MailServerOptions {
  /** Messages at a time. */
  connections: number;
  /** It takes messages again. */
  onReturn: () => void;
  log: Logger;
}

const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 15_000;
const MS_PER_SECOND = 1_000;
/** It takes nothing when so many different messages in a row were deferred for so long; fewer are some mailboxes' trouble. */
const DEFERRALS = 5;
const DEFERRING_MS = 30_000;
const SERVER = "the mail server";

export class MailServer {
  readonly #options: MailServerOptions;
  readonly #breaker: CircuitBreaker;
  readonly #stopping = new AbortController();
  /** Since the last message that it took or refused. */
  #deferred = { ids: new Set<string>(), sinceMs: 0, told: false };
  #inHand = 0;
  #change = Promise.withResolvers<void>();

  constructor(options: MailServerOptions) {
    this.#options = options;
    this.#breaker = new CircuitBreaker({
      most: options.connections,
      // However long it takes over one: it bears as many connections as it was told of.
      quickMs: Number.POSITIVE_INFINITY,
      firstPauseMs: FIRST_PAUSE_MS,
      maxPauseMs: MAX_PAUSE_MS,
    });
    this.#show();
  }

  /** Aborted when nobody gets a turn any more. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Waits for a turn, which `leave` ends. @returns false when the worker stops first */
  async enter(): Promise<boolean> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const { most, waitMs } = this.#breaker.turn(SERVER);
      if (this.#inHand < most) {
        this.#inHand++;
        return true;
      }
      await this.#changeOr(waitMs);
    }
    return false;
  }

  leave(): void {
    this.#inHand--;
    this.#changed();
  }

  /** What it said to a message. @returns seconds after which another try is due at the latest; undefined: it is there */
  note(id: string, verdict: "sent" | Verdict, reason: string): number | undefined {
    const { log, onReturn } = this.#options;
    const turn = this.#breaker.note(SERVER, { answered: verdict !== "away", durationMs: 0 });
    if (turn === "away") log.warn({ reason }, "the mail server cannot be reached; e-mail waits");
    const wasDeferring = this.#deferred.told;
    if (verdict === "deferred") this.#defer(id, reason);
    else if (verdict !== "away") this.#deferred = { ids: new Set(), sinceMs: 0, told: false };
    if (turn === "back" || (wasDeferring && verdict === "sent")) {
      log.info("the mail server takes e-mail again");
      onReturn();
    }
    this.#show();
    this.#changed();
    return this.#breaker.isAway(SERVER) ? MAX_PAUSE_MS / MS_PER_SECOND : undefined;
  }

  /** Nobody gets a turn any more. */
  stop(): void {
    this.#stopping.abort();
    this.#changed();
  }

  #defer(id: string, reason: string): void {
    const { ids, sinceMs, told } = this.#deferred;
    const nowMs = performance.now();
    if (ids.size === 0) this.#deferred.sinceMs = nowMs;
    if (ids.size < DEFERRALS) ids.add(id);
    if (told || ids.size < DEFERRALS || nowMs - sinceMs < DEFERRING_MS) return;
    this.#deferred.told = true;
    this.#options.log.warn({ reason }, "the mail server takes no e-mail now; each is tried again");
  }

  #show(): void {
    metrics.destinationsAway.set({ queue: "email" }, this.#breaker.countAway() > 0 || this.#deferred.told ? 1 : 0);
  }

  async #changeOr(waitMs: number): Promise<void> {
    const change = this.#change.promise;
    if (waitMs === 0) return change;
    await withTimeout(waitMs, change, () => undefined);
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
