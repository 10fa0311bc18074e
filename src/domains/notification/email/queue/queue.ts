/**
 * The queue of e-mails in Redis (bee-queue): brings the ids of those that are due to workers, each once.
 *
 * It lives as long as its process, while connections come and go: with Redis away `add` rejects at once, and jobs that
 * are being worked on go on. A job that Redis loses is handed over again by those who know what is due; they also know
 * when one that failed is due again, so that no job comes twice from here.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../../../platform/telemetry/log.ts";
import { Failure } from "../../../../platform/errors/failure.ts";
import { metrics, onScrape } from "../../../../platform/telemetry/metrics.ts";
import { redisOutage } from "../../../../platform/telemetry/outage.ts";
import type { DueEmail, EmailJob } from "../deliveries.ts";
import { connectQueue, type QueueConnection, STALL_INTERVAL_MS } from "./queue-connection.ts";

export interface EmailQueue {
  /**
   * Rejects with a Failure when Redis is away or does not answer: some of the jobs may be there then. A job that is there is not
   * doubled.
   */
  add(jobs: readonly DueEmail[]): Promise<void>;
  /** How many jobs it may take: none while Redis is away. */
  room(): Promise<number>;
  /** Takes no more jobs and lets those in hand finish, at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface EmailQueueOptions {
  /** Of Redis. */
  url: string;
  /** Before every key, so that installations can share a Redis. Default: bodega. */
  prefix?: string | undefined;
  /** Runs a job, which is over however it ends. */
  handle: (job: EmailJob) => Promise<void>;
  /** Jobs at a time. */
  concurrency: number;
  log: Logger;
}

/** Seconds of work for the workers; what is beyond waits in PostgreSQL, which knows what is longest due. */
const MAX_JOBS = 2_000;
/** Before the next connection; an outage costs two attempts a second. */
const RECONNECT_MS = 500;
/** Three connections and five scripts; longer, and Redis accepts connections without answering. */
const READY_TIMEOUT_MS = 10_000;
/** Hundreds of jobs take milliseconds; a Redis that hangs must not hold the relay's transaction. */
const ADD_TIMEOUT_MS = 5_000;
/** Of a scrape that others wait for. */
const COUNT_TIMEOUT_MS = 1_000;

export function openEmailQueue(options: EmailQueueOptions): EmailQueue {
  const { log, handle, concurrency } = options;
  const closing = Promise.withResolvers<undefined>();
  const inHand = new Set<Promise<void>>();
  let closed = false;
  let graceOnCloseMs = 0;
  let current: QueueConnection | undefined;
  const connected = metrics.redisConnected.labels("jobs");
  connected.set(0);
  const endCounting = onScrape(countJobs);
  const keeping = keepConnected();

  /** Nothing is shown of a queue that cannot be asked. */
  async function countJobs(): Promise<void> {
    metrics.redisJobs.reset();
    const health = await jobs();
    for (const state of ["waiting", "active"] as const)
      if (health !== undefined) metrics.redisJobs.set({ queue: "email", state }, health[state]);
  }

  async function jobs(): Promise<{ waiting: number; active: number } | undefined> {
    const health =
      current === undefined ? undefined : await within(COUNT_TIMEOUT_MS, current.queue.checkHealth().catch(toError));
    return health instanceof Error ? undefined : health;
  }

  async function keepConnected(): Promise<void> {
    while (!closed) {
      const connection = connectQueue({
        url: options.url,
        prefix: options.prefix ?? "bodega",
        onError: (error) => log.debug({ err: error }, "the e-mail queue had an error"),
      });
      const reason = await serve(connection, () => redisOutage.ended(closing, log));
      await connection.close(graceOnCloseMs);
      if (closed || reason === undefined) return;
      redisOutage.began(closing, reason, log);
      await Promise.race([sleep(RECONNECT_MS), closing.promise]);
    }
  }

  /** Works through the connection until it is lost, and tells why, or until the queue closes. */
  async function serve(connection: QueueConnection, onReady: () => void): Promise<Error | undefined> {
    const { queue, lost } = connection;
    const ready = queue.ready().then(() => undefined, toError);
    const notReady = await within(READY_TIMEOUT_MS, Promise.race([ready, lost, closing.promise]));
    if (notReady !== undefined || closed) return notReady;
    onReady();
    queue.process(concurrency, ({ data }) => work(data));
    // Returns the jobs of workers that died; what it finds wrong arrives as an error of the queue.
    queue.checkStalledJobs(STALL_INTERVAL_MS / 2).catch(connection.lose);
    current = connection;
    connected.set(1);
    const reason = await Promise.race([lost, closing.promise]);
    current = undefined;
    connected.set(0);
    return reason;
  }

  async function work(job: EmailJob): Promise<void> {
    const running = handle(job);
    inHand.add(running);
    try {
      await running;
    } finally {
      inHand.delete(running);
    }
  }

  return {
    async add(jobs) {
      const connection = current;
      if (connection === undefined) throw new Failure("UNAVAILABLE", "Redis is away");
      const { queue } = connection;
      // The same attempt has the same id, so that it is queued once however often it is handed over.
      const made = jobs.map(({ attempts, ...job }) => queue.createJob<EmailJob>(job).setId(`${job.id}.${attempts}`));
      const outcome = await within(ADD_TIMEOUT_MS, queue.saveAll(made));
      const error = outcome instanceof Error ? outcome : outcome.values().next().value;
      if (error === undefined) return;
      // A Redis that lost its scripts keeps the connection: the next one brings them.
      if (error.message.includes("NOSCRIPT")) connection.lose(error);
      throw new Failure("UNAVAILABLE", `Redis did not take the jobs: ${error.message}`, { cause: error });
    },
    async room() {
      const health = await jobs();
      return health === undefined ? 0 : MAX_JOBS - health.waiting - health.active;
    },
    async close(graceMs) {
      closed = true;
      endCounting();
      graceOnCloseMs = graceMs;
      closing.resolve(undefined);
      await keeping;
      // Those whose connection was lost meanwhile are known only here.
      await within(graceMs, Promise.allSettled(inHand));
    },
  };
}

/** What `work` gives, or an error as a value when it takes too long. */
async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | Error> {
  const ending = new AbortController();
  const timeout = sleep(timeoutMs, undefined, { signal: ending.signal }).then(
    () => new Error(`no answer within ${timeoutMs} ms`),
    () => new Error("canceled"),
  );
  try {
    return await Promise.race([work, timeout]);
  } finally {
    ending.abort();
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
