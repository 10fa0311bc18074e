/**
 * Keeps the queue connected to Redis: a connection that is lost is closed, and a new one takes its place.
 *
 * What was lost is told once, and once that it is back; meanwhile there is no connection, and nobody waits for one.
 */
import { withTimeout } from "../../../../platform/async/with-timeout.ts";
import type { Logger } from "../../../../platform/telemetry/log.ts";
import { metrics } from "../../../../platform/telemetry/metrics.ts";
import { redisOutage } from "../../../../platform/telemetry/outage.ts";
import { connectQueue, type QueueConnection, STALL_INTERVAL_MS } from "./queue-connection.ts";
import { toError, within } from "./within.ts";

export interface KeptConnectionOptions {
  url: string;
  prefix: string;
  /** Begins to take jobs from a connection that is ready. */
  begin: (connection: QueueConnection) => void;
  log: Logger;
}

/** Before the next connection; an outage costs two attempts a second. */
const RECONNECT_MS = 500;
/** Three connections and five scripts; longer, and Redis accepts connections without answering. */
const READY_TIMEOUT_MS = 10_000;

export class KeptConnection {
  readonly #options: KeptConnectionOptions;
  readonly #connected = metrics.redisConnected.labels("jobs");
  readonly #closing = Promise.withResolvers<undefined>();
  readonly #keeping: Promise<void>;
  #current: QueueConnection | undefined;
  #isClosed = false;
  #graceMs = 0;

  constructor(options: KeptConnectionOptions) {
    this.#options = options;
    this.#connected.set(0);
    this.#keeping = this.#keep();
  }

  /** undefined while Redis is away. */
  get current(): QueueConnection | undefined {
    return this.#current;
  }

  /** Takes no more jobs and lets those in hand finish, at most `graceMs`. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    this.#graceMs = graceMs;
    this.#closing.resolve(undefined);
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    const { url, prefix, log } = this.#options;
    const onError = (error: Error): void => log.debug({ err: error }, "the e-mail queue had an error");
    while (!this.#isClosed) {
      const connection = connectQueue({ url, prefix, onError });
      const reason = await this.#serve(connection);
      await connection.close(this.#graceMs);
      if (this.#isClosed || reason === undefined) return;
      redisOutage.began(this, reason, log);
      await withTimeout(RECONNECT_MS, this.#closing.promise, () => undefined);
    }
  }

  /** Works through the connection until it is lost, and tells why, or until the queue closes. */
  async #serve(connection: QueueConnection): Promise<Error | undefined> {
    const { queue, lost } = connection;
    const closing = this.#closing.promise;
    const ready = queue.ready().then(() => undefined, toError);
    const notReady = await within(READY_TIMEOUT_MS, Promise.race([ready, lost, closing]));
    if (notReady !== undefined || this.#isClosed) return notReady;
    redisOutage.ended(this, this.#options.log);
    this.#options.begin(connection);
    // Returns the jobs of workers that died; what it finds wrong arrives as an error of the queue.
    queue.checkStalledJobs(STALL_INTERVAL_MS / 2).catch(connection.lose);
    this.#current = connection;
    this.#connected.set(1);
    const reason = await Promise.race([lost, closing]);
    this.#current = undefined;
    this.#connected.set(0);
    return reason;
  }
}
