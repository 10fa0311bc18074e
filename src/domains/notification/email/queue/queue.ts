/**
 * The queue of e-mails in Redis (bee-queue): brings the ids of those that are due to workers, each once.
 *
 * It lives as long as its process, while connections come and go: with Redis away `add` rejects at once, and jobs that
 * are being worked on go on. A job that Redis loses is handed over again by those who know what is due; they also know
 * when one that failed is due again, so that no job comes twice from here.
 */
import type { Logger } from "../../../../platform/telemetry/log.ts";
import { Failure } from "../../../../platform/errors/failure.ts";
import { metrics, onScrape } from "../../../../platform/telemetry/metrics.ts";
import type { DueEmail, EmailJob } from "../deliveries.ts";
import { KeptConnection } from "./kept-connection.ts";
import type { QueueConnection } from "./queue-connection.ts";
import { toError, within } from "./within.ts";

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
/** Hundreds of jobs take milliseconds; a Redis that hangs must not hold the relay's transaction. */
const ADD_TIMEOUT_MS = 5_000;
/** Of a scrape that others wait for. */
const COUNT_TIMEOUT_MS = 1_000;

export function openEmailQueue({ url, prefix = "bodega", handle, concurrency, log }: EmailQueueOptions): EmailQueue {
  const inHand = new Set<Promise<void>>();
  const kept = new KeptConnection({
    url,
    prefix,
    begin: ({ queue }) => queue.process(concurrency, ({ data }) => work(data)),
    log,
  });
  const endCounting = onScrape(() => showJobs(kept.current));

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
      if (kept.current === undefined) throw new Failure("UNAVAILABLE", "Redis is away");
      await addTo(kept.current, jobs);
    },
    async room() {
      const health = await healthOf(kept.current);
      return health === undefined ? 0 : MAX_JOBS - health.waiting - health.active;
    },
    async close(graceMs) {
      endCounting();
      await kept.close(graceMs);
      // Those whose connection was lost meanwhile are known only here.
      await within(graceMs, Promise.allSettled(inHand));
    },
  };
}

/** @throws Failure UNAVAILABLE */
async function addTo(connection: QueueConnection, jobs: readonly DueEmail[]): Promise<void> {
  const { queue } = connection;
  // The same attempt has the same id, so that it is queued once however often it is handed over.
  const made = jobs.map(({ attempts, ...job }) => queue.createJob<EmailJob>(job).setId(`${job.id}.${attempts}`));
  const outcome = await within(ADD_TIMEOUT_MS, queue.saveAll(made));
  const error = outcome instanceof Error ? outcome : outcome.values().next().value;
  if (error === undefined) return;
  // A Redis that lost its scripts keeps the connection: the next one brings them.
  if (error.message.includes("NOSCRIPT")) connection.lose(error);
  throw new Failure("UNAVAILABLE", `Redis did not take the jobs: ${error.message}`, { cause: error });
}

/** Nothing is shown of a queue that cannot be asked. */
async function showJobs(connection: QueueConnection | undefined): Promise<void> {
  metrics.redisJobs.reset();
  const health = await healthOf(connection);
  for (const state of ["waiting", "active"] as const)
    if (health !== undefined) metrics.redisJobs.set({ queue: "email", state }, health[state]);
}

async function healthOf(
  connection: QueueConnection | undefined,
): Promise<{ waiting: number; active: number } | undefined> {
  const health =
    connection === undefined
      ? undefined
      : await within(COUNT_TIMEOUT_MS, connection.queue.checkHealth().catch(toError));
  return health instanceof Error ? undefined : health;
}
