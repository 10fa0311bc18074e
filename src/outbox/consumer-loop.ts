/** Hands events to one consumer until it has them all; after a failure it waits, and nobody waits for it. */
import type { Sequelize } from "sequelize";
import type { Logger } from "../platform/telemetry/log.ts";
import { type Consumer, deliverEvents } from "./outbox.ts";
import { pause } from "../platform/async/pause.ts";
import { Backoff } from "../platform/polling/backoff.ts";

export interface ConsumerLoopOptions {
  /** Events at a time, at most. */
  limit: number;
  log: Logger;
  signal: AbortSignal;
}

export class ConsumerLoop {
  readonly #database: Sequelize;
  readonly #consumer: Consumer;
  readonly #limit: number;
  readonly #signal: AbortSignal;
  readonly #patience: Backoff;
  #running: Promise<void> | undefined;
  #again = false;

  constructor(database: Sequelize, consumer: Consumer, { limit, log, signal }: ConsumerLoopOptions) {
    this.#database = database;
    this.#consumer = consumer;
    this.#limit = limit;
    this.#signal = signal;
    this.#patience = new Backoff(log, `the relay cannot hand events on to "${consumer.name}"`);
  }

  /** There may be events; whoever is being served looks once more when it is done. */
  begin(): void {
    this.#again = true;
    this.#running ??= this.#serve().finally(() => (this.#running = undefined));
  }

  async ended(): Promise<void> {
    await this.#running;
  }

  async #serve(): Promise<void> {
    while (this.#again && !this.#signal.aborted) {
      this.#again = false;
      try {
        const handed = await deliverEvents(this.#database, this.#consumer, this.#limit);
        this.#patience.succeeded();
        if (handed === this.#limit) this.#again = true;
      } catch (error) {
        this.#again = true;
        await pause(this.#patience.failed(error), this.#signal);
      }
    }
  }
}
