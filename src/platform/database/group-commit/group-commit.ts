/**
 * Group commit: jobs that wait while a transaction runs are done together by the next one.
 *
 * A job that is alone goes at once; nobody waits for a batch to fill. One transaction at a time suffices while it
 * moves: a second one beside it starts only when those that run are stalled, and ends when they move again.
 *
 * A batch waits for a lock of somebody else's only shortly. Then the jobs that need the locked row wait aside, and the
 * others go on without them. A batch that failed for any other reason is tried again in halves, so that a bad job harms
 * itself alone: of 64 jobs it costs six more failures.
 */
import { Failure } from "../../errors/failure.ts";
import { LockWaiters } from "./lock-waiters.ts";
import { withoutCallerDeadline } from "../../context/caller-deadline.ts";
import type { TransactionOptions } from "../transaction.ts";
import { unawaited } from "../../async/unawaited.ts";

/**
 * What a batch's error means: "locked": somebody else has a row locked; "split": one of the jobs may be bad; "all": it
 * says nothing of the jobs.
 */
export type BatchError = "locked" | "split" | "all";

export interface GroupCommitOptions<Job, Result> {
  /** Does all of them in one transaction. @returns a result for each, in their order */
  run(jobs: Job[]): Promise<Result[]>;
  meaningOf(error: unknown): BatchError;
  /** The keys of all rows that a job locks. */
  keysOf(job: Job): readonly string[];
  /** Those of the keys whose rows somebody else has locked now. */
  findLocked(keys: string[]): Promise<ReadonlySet<string>>;
  maxBatch: number;
  /** Transactions at once, at most. */
  lanes: number;
  /** A transaction that runs longer counts as stalled. */
  stallMs: number;
  /** How often locked rows are asked after. */
  pollMs: number;
  /** Told how many wait for locked rows, when that has changed. */
  onLockWaiters(waiting: number): void;
  /** More jobs than these do not wait for locked rows: they are refused with TOO_BUSY. */
  maxLockWaiters: number;
}

interface Entry<Job, Result> {
  job: Job;
  options: TransactionOptions;
  /** How often its batch waited for a lock in vain and no row was found locked afterwards. */
  vainTries: number;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

const RETRY_AFTER_MS = 1_000;
/** A lock that is never found is none of the job's rows; its batch's error is told in the end. */
const MAX_VAIN_TRIES = 10;

export class GroupCommit<Job, Result> {
  readonly #options: GroupCommitOptions<Job, Result>;
  readonly #lockWaiters: LockWaiters<Entry<Job, Result>>;
  #waiting: Entry<Job, Result>[] = [];
  /** Batches that are not to be mixed with others: halves of those that failed, and jobs that try a locked row again. */
  #apart: Entry<Job, Result>[][] = [];
  #running = 0;
  #stalled = 0;

  constructor(options: GroupCommitOptions<Job, Result>) {
    this.#options = options;
    this.#lockWaiters = new LockWaiters({
      keysOf: ({ job }) => options.keysOf(job),
      findLocked: (keys) => options.findLocked(keys),
      isWanted: stillWanted,
      onFree: (entries) => this.#resume(() => this.#waiting.unshift(...entries)),
      onRetry: (entries) => this.#resume(() => this.#apart.push(entries)),
      onCount: (waiting) => options.onLockWaiters(waiting),
      pollMs: options.pollMs,
    });
  }

  /**
   * @throws Failure TOO_BUSY when too many wait for locked rows; DEADLINE_EXCEEDED or CANCELED when that came before a
   *   batch was joined; what `run` throws
   */
  submit(job: Job, options: TransactionOptions): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ job, options, vainTries: 0, resolve, reject });
    this.#start();
    return promise;
  }

  #start(): void {
    if (this.#running < this.#options.lanes && this.#running === this.#stalled)
      unawaited(withoutCallerDeadline(() => this.#lane()));
  }

  async #lane(): Promise<void> {
    this.#running++;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      await this.#runWatched(batch);
      // Two that move cost more than one: this one was started for a stall that is over.
      if (this.#running - this.#stalled > 1) break;
    }
    this.#running--;
  }

  async #runWatched(batch: Entry<Job, Result>[]): Promise<void> {
    let stalled = false;
    const timer = setTimeout(() => {
      stalled = true;
      this.#stalled++;
      if (this.#waiting.length + this.#apart.length > 0) this.#start();
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
      await this.#failed(batch, error);
    }
  }

  async #failed(batch: Entry<Job, Result>[], error: unknown): Promise<void> {
    const meaning = this.#options.meaningOf(error);
    if (meaning === "locked") return this.#waitedInVain(batch, error);
    if (meaning === "all" || batch.length === 1) return rejectAll(batch, error);
    const middle = batch.length >> 1;
    this.#apart.push(batch.slice(0, middle), batch.slice(middle));
  }

  /** Those whose rows are locked wait aside; the others come first, as they have waited longest. */
  async #waitedInVain(batch: Entry<Job, Result>[], error: unknown): Promise<void> {
    const others = await this.#lockWaiters.takeBlocked(batch);
    // The lock may be gone again already. If it never is and is never found, it is none of these rows.
    if (others.length === batch.length) for (const entry of others) entry.vainTries++;
    rejectAll(
      others.filter(({ vainTries }) => vainTries > MAX_VAIN_TRIES),
      error,
    );
    this.#waiting.unshift(...others.filter(({ vainTries }) => vainTries <= MAX_VAIN_TRIES));
  }

  #resume(queue: () => void): void {
    queue();
    this.#start();
  }

  /** The next batch: those who waited longest; nobody whose deadline passed or whose caller left. */
  #take(): Entry<Job, Result>[] {
    for (let apart = this.#apart.shift(); apart !== undefined; apart = this.#apart.shift()) {
      const batch = apart.filter(stillWanted);
      if (batch.length > 0) return batch;
    }
    const batch: Entry<Job, Result>[] = [];
    let taken = 0;
    for (const entry of this.#waiting) {
      if (batch.length === this.#options.maxBatch) break;
      taken++;
      if (!stillWanted(entry)) continue;
      if (this.#lockWaiters.blocks(entry)) this.#waitForLock(entry);
      else batch.push(entry);
    }
    this.#waiting = this.#waiting.slice(taken);
    return batch;
  }

  #waitForLock(entry: Entry<Job, Result>): void {
    if (this.#lockWaiters.size < this.#options.maxLockWaiters) return this.#lockWaiters.add(entry);
    const message =
      "Somebody holds what this needs, and many wait for it. Try again shortly, with the same request_id.";
    entry.reject(new Failure("TOO_BUSY", message, { retryAfterMs: RETRY_AFTER_MS }));
  }
}

function rejectAll<Job, Result>(entries: Entry<Job, Result>[], error: unknown): void {
  for (const { reject } of entries) reject(error);
}

/** Whether somebody waits for it; if not, says why not. */
function stillWanted<Job, Result>({ options, reject }: Entry<Job, Result>): boolean {
  const over = refusalOf(options);
  if (over !== undefined) reject(over);
  return over === undefined;
}

function refusalOf({ signal, deadline }: TransactionOptions): Failure | undefined {
  if (deadline !== undefined && Date.now() >= deadline) {
    return new Failure("DEADLINE_EXCEEDED", "The deadline passed before the order's turn came; nothing was changed.");
  }
  if (signal?.aborted === true) return new Failure("CANCELED", "The caller went away; nothing was changed.");
  return undefined;
}
