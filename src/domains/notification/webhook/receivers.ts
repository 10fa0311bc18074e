/** The receivers as a worker sees them: a circuit breaker for each webhook, whose turns are told in the log and the metrics. */
import type { Logger } from "../../../platform/telemetry/log.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import { CircuitBreaker, type Share } from "../delivery/circuit-breaker.ts";
import type { Outcome } from "./http-attempt.ts";

export const RECEIVER_TERMS = {
  // What a receiver's connections and its rate bear without being asked.
  most: 4,
  // Slower ones hold a place for so long that several would be felt.
  quickMs: 2_000,
  // After a restart it is back soon; one that has hung for minutes is asked every five.
  firstPauseMs: 5_000,
  maxPauseMs: 300_000,
};

export class Receivers {
  readonly #log: Logger;
  readonly #breaker = new CircuitBreaker(RECEIVER_TERMS);
  readonly #away = metrics.destinationsAway.labels("webhooks");

  constructor(log: Logger) {
    this.#log = log;
    this.#away.set(0);
  }

  /** How much of what is due each may get at a time. @param inHand by webhook */
  shares(inHand: ReadonlyMap<string, number>): Map<string, Share> {
    return this.#breaker.shares(inHand);
  }

  note(webhookId: string, { status, error, durationMs }: Outcome): void {
    const turn = this.#breaker.note(webhookId, { answered: status !== 0, durationMs });
    this.#away.set(this.#breaker.countAway());
    if (turn === "away")
      this.#log.warn(
        { webhook_id: webhookId, reason: error },
        "a webhook does not answer; what it is to be told waits",
      );
    if (turn === "back") this.#log.info({ webhook_id: webhookId }, "a webhook answers again");
  }
}
