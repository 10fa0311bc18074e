/**
 * Group commit: jobs that wait while a transaction runs are done together by the next one.
 *
 * A job that is alone goes at once; nobody waits for a batch to fill. One transaction at a time suffices while it
 * moves: a second one beside it starts only when those that run are stalled, by a lock that somebody else holds.
 */
import { Failure } from "./errors.ts";
import { forEverybody } from "./patience.ts";
import type { TransactionOptions } from "./transaction.ts";

export interface GroupCommitOptions<Job, Result> {
  /** Does all of them in one transaction. @returns a result for each, in their order */
  run(jobs: Job[]): Promise<Result[]>;
  /** Whether after this error each job is to be tried alone, so that a bad one harms itself only. */
  splits(error: unknown): boolean;
  maxBatch: number;
  /** More than these are refused with TOO_BUSY. */
  maxWaiting: number;
  /** Transactions at once, at most. */
  lanes: number;
  /** A transaction that runs longer counts as stalled. */
  stallMs: number;
}

interface Entry<Job, Result> {
  job: Job;
  options: TransactionOptions;
  /** Its batch failed: it is tried without company. */
  alone: boolean;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const RETRY_AFTER_MS = 1_000;

export class GroupCommit<Job, Result> {
  readonly #options: GroupCommitOptions<Job, Result>;
  #waiting: Entry<Job, Result>[] = [];
  #running = 0;
  #stalled = 0;

  constructor(options: GroupCommitOptions<Job, Result>) {
    this.#options = options;
  }

  /**
   * @throws Failure TOO_BUSY when the queue is full; DEADLINE_EXCEEDED or CANCELED when that came before a batch was
   *   joined; what `run` throws
   */
  submit(job: Job, options: TransactionOptions): Promise<Result> {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      const message = "More orders are waiting than may wait. Try again shortly, with the same request_id.";
      return Promise.reject(new Failure("TOO_BUSY", message, { retryAfterMs: RETRY_AFTER_MS }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ job, options, alone: false, resolve, reject });
    this.#start();
    return promise;
  }

  #start(): void {
    if (this.#running < this.#options.lanes && this.#running === this.#stalled) void forEverybody(() => this.#lane());
  }

  async #lane(): Promise<void> {
    this.#running++;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) await this.#runWatched(batch);
    this.#running--;
  }

  async #runWatched(batch: Entry<Job, Result>[]): Promise<void> {
    let stalled = false;
    const timer = setTimeout(() => {
      stalled = true;
      this.#stalled++;
      if (this.#waiting.length > 0) this.#start();
    }, this.#options.stallMs);
    // It only watches; a process that ends need not wait for it.
    timer.unref();
    await this.#run(batch);
    clearTimeout(timer);
    if (stalled) this.#stalled--;
  }

  async #run(batch: Entry<Job, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map(({ job }) => job));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new TypeError("a batch gave fewer results than it had jobs"));
        else resolve(result);
      }
    } catch (error) {
      if (batch.length > 1 && this.#options.splits(error)) {
        this.#waiting.unshift(...batch.map((entry) => ({ ...entry, alone: true })));
      } else {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  /** The next batch: those who waited longest; nobody whose deadline passed or whose caller left. */
  #take(): Entry<Job, Result>[] {
    const batch: Entry<Job, Result>[] = [];
    let taken = 0;
    for (const entry of this.#waiting) {
      if (batch.length === this.#options.maxBatch || (entry.alone && batch.length > 0)) break;
      taken++;
      const over = refusalOf(entry.options);
      if (over === undefined) batch.push(entry);
      else entry.reject(over);
      if (entry.alone && batch.length > 0) break;
    }
    this.#waiting = this.#waiting.slice(taken);
    return batch;
  }
}

function refusalOf({ signal, deadline }: TransactionOptions): Failure | undefined {
  if (deadline !== undefined && Date.now() >= deadline) {
    return new Failure("DEADLINE_EXCEEDED", "The deadline passed before the order's turn came; nothing was changed.");
  }
  if (signal?.aborted === true) return new Failure("CANCELED", "The caller went away; nothing was changed.");
  return undefined;
}
