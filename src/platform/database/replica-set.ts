/**
 * The read replicas: reads that see everything that was committed when they began, without burdening the primary.
 *
 * A read first asks the primary how far it is, which costs some 57 µs of CPU there (12 of them are any statement's) and
 * is shared by all who ask at once, and then goes to a replica that has replayed that. So every caller sees his own
 * writes, whichever machine took them, and nothing has to be remembered by caller: a note in Redis would be lost with
 * Redis, and a header would need clients that send it back. Who finds no such replica reads the primary.
 *
 * Sequelize's own `replication` is not used: it sends every statement of type SELECT outside a transaction to the next
 * replica, also those that write and return rows; it knows no position, and goes on asking a dead server.
 */
import type { Sequelize } from "sequelize";
import { one, outsideTransaction } from "./database.ts";
import { databaseFailure } from "../errors/database-errors.ts";
import { Failure } from "../errors/failure.ts";
import { HISTORY_OF_TIMELINE, withHistory } from "./history.ts";
import type { Logger } from "../telemetry/log.ts";
import { metrics, onScrape } from "../telemetry/metrics.ts";
import { startPollLoop } from "../polling/poll-loop.ts";
import { bytesOf, isBehind, type Moment, Replica } from "./replica.ts";
import type { TransactionOptions } from "./transaction.ts";

/** How often each replica is asked how it does: a dead one that comes back is used again after this. */
const PROBE_INTERVAL_MS = 500;

/** "behind": it answers, and has not replayed what a reader needed. "away": it does not answer, or is no replica. */
export type ReplicaStatus = "in use" | "behind" | "away";

/** For metrics. */
export interface ReplicaState {
  /** host:port */
  name: string;
  status: ReplicaStatus;
  /** What the primary had written and the replica had not replayed, when they were last asked. */
  lagBytes: number;
  /** For how long it has not had everything; 0 when it had. */
  lagSeconds: number;
  /** Answered by it. */
  reads: number;
}

interface Known extends Omit<ReplicaState, "lagSeconds"> {
  replica: Replica;
  /** When it last had everything, by performance.now(). */
  currentAt: number;
  /** What a reader missed: before it has replayed that, it is not used again. */
  missed: bigint;
}

export interface ReplicaOptions {
  urls: string[];
  /** Connections at most, to each. */
  pool: number;
  primary: Sequelize;
  log: Logger;
}

export class ReplicaSet {
  readonly #primary: Sequelize;
  readonly #log: Logger;
  readonly #known: Known[];
  readonly #moments: () => Promise<Moment>;
  readonly #probing: { stop(): Promise<void> };
  readonly #endWatch: () => void;
  #turn = 0;
  #fallbacks = 0;

  constructor({ urls, pool, primary, log }: ReplicaOptions) {
    this.#primary = primary;
    this.#log = log;
    this.#known = urls.map((url) => {
      const replica = new Replica(url, pool);
      // Not used before it has answered once.
      return {
        replica,
        name: replica.name,
        status: "away",
        lagBytes: 0,
        reads: 0,
        currentAt: performance.now(),
        missed: 0n,
      };
    });
    this.#moments = shared(() => outsideTransaction(() => momentOf(this.#primary)));
    this.#probing = startPollLoop({
      job: "replicas",
      what: "replicas were asked",
      work: () => this.#probe(),
      batch: 1,
      pauseMs: PROBE_INTERVAL_MS,
      log,
    });
    this.#endWatch = onScrape(() => this.#show());
  }

  /**
   * Runs `work`, which only reads, on a replica that has replayed everything that is committed now; on the primary
   * where there is none, or the replica fails on the way. So `work` may run twice.
   */
  async read<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const known = this.#next();
    if (known !== undefined) {
      const moment = await this.#moments();
      try {
        const result = await known.replica.read(moment, work, options);
        known.reads++;
        metrics.replicaReads.inc({ replica: known.name });
        return result;
      } catch (error) {
        if (!isOfReplica(error, options)) throw error;
        this.#leaveOut(known, error, moment.position);
      }
    }
    this.#fallbacks++;
    metrics.replicaFallbacks.inc();
    return work();
  }

  states(): ReplicaState[] {
    const now = performance.now();
    return this.#known.map(({ name, status, lagBytes, reads, currentAt }) => {
      const isCurrent = status === "in use" && lagBytes === 0;
      return { name, status, lagBytes, lagSeconds: isCurrent ? 0 : (now - currentAt) / 1_000, reads };
    });
  }

  /** Reads that went to the primary for want of a replica, since the start. */
  get fallbacks(): number {
    return this.#fallbacks;
  }

  async close(): Promise<void> {
    this.#endWatch();
    for (const { replica } of this.#known) replica.cut();
    await this.#probing.stop();
    await Promise.all(this.#known.map(({ replica }) => replica.close()));
  }

  /** For the metrics. */
  #show(): void {
    for (const { name: replica, status, lagBytes, lagSeconds } of this.states()) {
      metrics.replicaInUse.set({ replica }, status === "in use" ? 1 : 0);
      metrics.replicaLagBytes.set({ replica }, lagBytes);
      metrics.replicaLag.set({ replica }, lagSeconds);
    }
  }

  /** In turns. */
  #next(): Known | undefined {
    const inUse = this.#known.filter(({ status }) => status === "in use");
    return inUse[this.#turn++ % inUse.length];
  }

  #leaveOut(known: Known, error: unknown, position: string): void {
    if (isBehind(error)) {
      known.missed = bytesOf(position);
      this.#become(known, "behind");
    } else if (databaseFailure(error)?.reason === "UNAVAILABLE") this.#become(known, "away");
  }

  #become(known: Known, status: ReplicaStatus): void {
    if (known.status === status) return;
    if (status === "in use") this.#log.info({ replica: known.name }, "a replica is read from");
    else if (known.status === "in use")
      this.#log.warn({ replica: known.name, status }, "a replica is left out; the primary is read instead");
    known.status = status;
  }

  /** @returns 0: nothing that a log should tell */
  async #probe(): Promise<number> {
    const moment = await this.#moments();
    const askedAt = performance.now();
    await Promise.all(this.#known.map((known) => this.#ask(known, moment, askedAt)));
    return 0;
  }

  async #ask(known: Known, { position, history }: Moment, askedAt: number): Promise<void> {
    try {
      const replayed = bytesOf(await known.replica.replayed(history));
      known.lagBytes = Math.max(0, Number(bytesOf(position) - replayed));
      if (known.lagBytes === 0) known.currentAt = askedAt;
      if (replayed >= known.missed) this.#become(known, "in use");
    } catch {
      this.#become(known, "away");
      known.replica.cut();
    }
  }
}

/** Whether the primary may do better; a caller whose time is over asks nobody any more. */
function isOfReplica(error: unknown, { signal, deadline = Infinity }: TransactionOptions): boolean {
  return !(error instanceof Failure) && signal?.aborted !== true && Date.now() < deadline;
}

/**
 * What is flushed, since a commit is visible only after that and replicas are sent nothing else. With
 * `synchronous_commit` off it is visible before, hence the position up to which anything is written at all.
 */
async function momentOf(primary: Sequelize): Promise<Moment> {
  return withHistory(primary, () => one<{ position: string; history: string | null }>(primary, MOMENT));
}

const MOMENT = `
  SELECT CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END AS position,
         ${HISTORY_OF_TIMELINE} AS history`;

/** One question at a time: who comes while one is under way shares the next, since its answer may be from before. */
function shared<T>(ask: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<unknown> = Promise.resolve();
  let waiting: Promise<T> | undefined;
  return () => {
    waiting ??= underWay.then(() => {
      const asked = ask();
      underWay = asked.catch(() => undefined);
      waiting = undefined;
      return asked;
    });
    return waiting;
  };
}
