/**
 * Places for transactions among a pool's connections, so that those who wait for somebody's lock never have them all.
 *
 * A transaction that waits for a lock keeps its connection, and a crowd that waits for one row would keep the whole pool,
 * while everybody who has nothing to do with that row is told that it is busy. So transactions leave some connections to
 * what only reads, and those of one RPC, or of several that wait for the same rows, leave half of the rest to others.
 */
import type { Sequelize } from "sequelize";
import { Failure } from "../../errors/failure.ts";

/** One connection in so many is for statements that stand in no transaction. */
const SPARED_OF = 5;
/** As long as for a connection itself. */
const PATIENCE_MS = 5_000;
const RETRY_AFTER_MS = 1_000;

/** What a transaction is for; undefined: nothing that a crowd would send. */
export type Purpose = object | undefined;

interface Waiting {
  purpose: Purpose;
  enter: () => void;
}

export class TransactionSlots {
  readonly #together: ReadonlySet<object>;
  readonly #size: number;
  readonly #mostOfOne: number;
  readonly #taken = new Map<Purpose, number>();
  readonly #waiting = new Set<Waiting>();
  #free: number;

  /** @param pool connections. @param together purposes that count as one */
  constructor(pool: number, together: readonly object[] = []) {
    this.#together = new Set(together);
    this.#size = pool === 1 ? 1 : pool - Math.ceil(pool / SPARED_OF);
    this.#mostOfOne = Math.ceil(this.#size / 2);
    this.#free = this.#size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Takes a place, in the order of those who may have one.
   * @param deadline milliseconds since 1970, after which nobody waits any more. @throws Failure TOO_BUSY
   */
  async take(what: Purpose, deadline = Number.POSITIVE_INFINITY): Promise<Disposable> {
    const purpose = what !== undefined && this.#together.has(what) ? this.#together : what;
    if (!this.#admits(purpose)) await this.#turn(purpose, Math.min(PATIENCE_MS, deadline - Date.now()));
    else this.#enter(purpose);
    return { [Symbol.dispose]: () => this.#leave(purpose) };
  }

  #admits(purpose: Purpose): boolean {
    return this.#free > 0 && (purpose === undefined || (this.#taken.get(purpose) ?? 0) < this.#mostOfOne);
  }

  #enter(purpose: Purpose): void {
    this.#free--;
    this.#taken.set(purpose, (this.#taken.get(purpose) ?? 0) + 1);
  }

  #leave(purpose: Purpose): void {
    this.#free++;
    this.#taken.set(purpose, (this.#taken.get(purpose) ?? 0) - 1);
    const next = this.#waiting.values().find((waiting) => this.#admits(waiting.purpose));
    if (next === undefined) return;
    this.#waiting.delete(next);
    this.#enter(next.purpose);
    next.enter();
  }

  #turn(purpose: Purpose, patienceMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.delete(waiting);
        reject(
          new Failure("TOO_BUSY", "Others wait for the same for long. Try again shortly.", {
            retryAfterMs: RETRY_AFTER_MS,
          }),
        );
      };
      const timer = setTimeout(giveUp, Math.max(0, patienceMs));
      const waiting = { purpose, enter: () => (clearTimeout(timer), resolve()) };
      this.#waiting.add(waiting);
    });
  }
}

const placesOf = new WeakMap<Sequelize, TransactionSlots>();

/** Lets the database's transactions leave connections to others. Those of pools that no crowd uses need not. */
export function limitTransactions(database: Sequelize, pool: number, together: readonly object[]): void {
  placesOf.set(database, new TransactionSlots(pool, together));
}

export function transactionSlotsOf(database: Sequelize): TransactionSlots | undefined {
  return placesOf.get(database);
}
