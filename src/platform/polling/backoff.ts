/** Pauses of the relay after failures: they grow, and the log has a line when it begins and one when it works again. */
import type { Logger } from "../telemetry/log.ts";
import { databaseOutage, isOutage } from "../telemetry/outage.ts";

const FIRST_PAUSE_MS = 20;
/** PostgreSQL, or what a consumer needs, comes back no sooner for being asked more often. */
const MAX_PAUSE_MS = 5_000;

export class Backoff {
  readonly #log: Logger;
  readonly #what: string;
  #pauseMs = 0;
  #told = false;

  constructor(log: Logger, what: string) {
    this.#log = log;
    this.#what = what;
  }

  succeeded(): void {
    databaseOutage.ended(this, this.#log);
    if (this.#told) this.#log.info(`recovered: ${this.#what}`);
    this.#told = false;
    this.#pauseMs = 0;
  }

  /** @returns how long to wait before the next try */
  failed(error: unknown): number {
    if (!isOutage(this, error, this.#log)) {
      if (!this.#told) this.#log.warn({ err: error }, `${this.#what}; it goes on trying`);
      this.#told = true;
    }
    this.#pauseMs = Math.min(Math.max(FIRST_PAUSE_MS, this.#pauseMs * 2), MAX_PAUSE_MS);
    return this.#pauseMs;
  }
}
