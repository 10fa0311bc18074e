/**
 * Jobs that need rows which somebody else has locked: they wait aside, so that all others go on.
 *
 * While any wait, their rows are asked after again and again (FOR UPDATE SKIP LOCKED). So nobody holds a connection or
 * a lock for as long as they wait, and one row that is stuck for a minute costs one small statement every 50 ms. A row
 * that many take in turns may never be found free, so now and then some of the jobs take their place in PostgreSQL's
 * own queue for it.
 */
import { unawaited } from "../../async/unawaited.ts";

export interface LockWaitersOptions<Job> {
  /** The keys of all rows that a job locks. */
  keysOf(job: Job): readonly string[];
  /** Those of the keys whose rows somebody else has locked now. */
  findLocked(keys: string[]): Promise<ReadonlySet<string>>;
  /** Whether somebody still waits for the job's result; who asks for it tells them if not. */
  isWanted(job: Job): boolean;
  /** Called with jobs none of whose rows is locked any more, those that waited longest first. */
  onFree(jobs: Job[]): void;
  /** Called with jobs that are to try their luck though a row of theirs looks locked, without others. */
  onRetry(jobs: Job[]): void;
  /** Told how many wait, when that has changed. */
  onCount(waiting: number): void;
  /** How long to wait before the rows are asked after again. */
  pollMs: number;
}

/** A second, at 20 looks a second: a stuck row then takes a quarter of one lane's time. */
const RETRY_EVERY_LOOKS = 20;
/** As many as a batch usually has. */
const RETRIED_AT_ONCE = 64;

export class LockWaiters<Job> {
  readonly #options: LockWaitersOptions<Job>;
  #locked: ReadonlySet<string> = new Set();
  #waiting: Job[] = [];
  #polling = false;
  #looks = 0;

  constructor(options: LockWaitersOptions<Job>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether a row that the job needs is known to be locked. Costs nothing while none is. */
  blocks(job: Job): boolean {
    return this.#locked.size > 0 && this.#options.keysOf(job).some((key) => this.#locked.has(key));
  }

  /** Takes the job aside until its rows are free. */
  add(job: Job): void {
    this.#waiting.push(job);
    this.#options.onCount(this.#waiting.length);
    this.#poll();
  }

  /**
   * Looks which rows of jobs that waited in vain are locked, and takes aside the jobs that need them.
   * @returns the others
   */
  async takeBlocked(jobs: Job[]): Promise<Job[]> {
    await this.#look(this.#keysOf(jobs));
    const { blocked = [], others = [] } = Object.groupBy(jobs, (job) => (this.blocks(job) ? "blocked" : "others"));
    for (const job of blocked) this.add(job);
    return others;
  }

  #poll(): void {
    if (this.#polling) return;
    this.#polling = true;
    const timer = setTimeout(() => unawaited(this.#release()), this.#options.pollMs);
    // Where nobody waits it only keeps what is known true; a process that ends need not wait for that.
    if (this.#waiting.length === 0) timer.unref();
  }

  async #release(): Promise<void> {
    this.#waiting = this.#waiting.filter((job) => this.#options.isWanted(job));
    await this.#look(this.#locked.union(this.#keysOf(this.#waiting)));
    this.#polling = false;
    const { free = [], blocked = [] } = Object.groupBy(this.#waiting, (job) => (this.blocks(job) ? "blocked" : "free"));
    const retried = ++this.#looks % RETRY_EVERY_LOOKS === 0 ? blocked.slice(0, RETRIED_AT_ONCE) : [];
    this.#waiting = blocked.slice(retried.length);
    this.#options.onCount(this.#waiting.length);
    if (this.#locked.size > 0) this.#poll();
    if (free.length > 0) this.#options.onFree(free);
    if (retried.length > 0) this.#options.onRetry(retried);
  }

  /** Where the database cannot say it, nothing is locked: the jobs try, and hear what is wrong. */
  async #look(keys: ReadonlySet<string>): Promise<void> {
    const locked = await this.#options.findLocked([...keys]).catch(() => new Set<string>());
    // What others found meanwhile stands.
    this.#locked = this.#locked.difference(keys).union(locked);
  }

  #keysOf(jobs: Job[]): Set<string> {
    return new Set(jobs.flatMap((job) => this.#options.keysOf(job)));
  }
}
