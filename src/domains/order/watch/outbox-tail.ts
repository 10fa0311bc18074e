/**
 * The tail of the outbox: one reader in each process, however many watch, that gives every change to those who see it.
 *
 * It reads while anybody watches and not otherwise: when it is woken because there are new positions, and every half
 * second in any case, since a wake-up may be lost. Orders are read only for changes that somebody sees.
 */
import { unawaited } from "../../../platform/async/unawaited.ts";
import { type Rounds, startRounds } from "../../../platform/async/rounds.ts";
import type { OutboxPosition } from "../../../outbox/outbox.ts";
import { outsideTransaction } from "../../../platform/database/database.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import { databaseOutage, isOutage } from "../../../platform/telemetry/outage.ts";
import { outsideSpans } from "../../../platform/telemetry/tracing.ts";
import type { ChangeLog } from "./change-log.ts";
import type { OrderEvent, OrderChange } from "../order-change.ts";
import type { Mailbox } from "./mailbox.ts";
import { covers, keyOf, keysOf, type WatchFilter } from "./watch-filter.ts";

export interface OutboxTailDeps {
  log: Logger;
  changes: ChangeLog;
  /** Where the newest change is. */
  newest: () => Promise<OutboxPosition>;
  pollMs: number;
}

/** Two seconds and more of a busy shop. */
const BATCH = 500;
/** Wake-ups that come faster are one: a look costs a millisecond or two of PostgreSQL, and a watcher does not see 20 ms. */
const MIN_PAUSE_MS = 20;
/** PostgreSQL is away, and comes back no sooner for being asked more often. */
const PAUSE_AFTER_ERROR_MS = 1_000;
const RETRY_AFTER_MS = 1_000;

interface Reading {
  /** Rejects when it is not known where to begin: whoever comes next tries anew. */
  begun: Promise<void>;
  rounds: Rounds | undefined;
  isOver: boolean;
}

interface Seat {
  mailbox: Mailbox;
  scope: WatchFilter;
}

export class OutboxTail {
  readonly #parts: OutboxTailDeps;
  readonly #seats = new Map<string, Set<Seat>>();
  /** Those who watch, or are about to. */
  #visitors = 0;
  #reading: Reading | undefined;
  #isFailing = false;
  #place: OutboxPosition = { history: "", position: 0n };

  constructor(parts: OutboxTailDeps) {
    this.#parts = parts;
  }

  /** Everything up to here was given to those who watch. */
  get position(): bigint {
    return this.#place.position;
  }

  /** @param newest the newest position that somebody tells */
  wake(newest: bigint): void {
    if (this.#visitors > 0 && newest > this.position) this.#reading?.rounds?.wake();
  }

  /** Reads at least until the visitor leaves. */
  async enter(): Promise<void> {
    this.#visitors++;
    // Whoever came first would have every look of his followers among his spans.
    const reading = (this.#reading ??= outsideSpans(() => this.#start()));
    try {
      await reading.begun;
    } catch (error) {
      if (this.#reading === reading) this.#reading = undefined;
      this.leave();
      throw error;
    }
  }

  leave(): void {
    this.#visitors--;
    if (this.#visitors > 0) return;
    if (this.#reading !== undefined) unawaited(end(this.#reading));
    this.#reading = undefined;
  }

  /**
   * Gives a mailbox the changes of its scope after a place, from now on. Somebody who is behind the tail cannot
   * sit down: undefined. @returns what ends it
   * @throws Failure UNAVAILABLE when he comes from another history than the tail has noticed so far
   */
  sit(mailbox: Mailbox, scope: WatchFilter, { history, position }: OutboxPosition): (() => void) | undefined {
    if (history !== this.#place.history) throw this.#replaced();
    if (position < this.position) return undefined;
    mailbox.begin(position);
    const key = keyOf(scope);
    const seat = { mailbox, scope };
    const seats = this.#seats.get(key) ?? new Set();
    this.#seats.set(key, seats.add(seat));
    return () => {
      seats.delete(seat);
      if (seats.size === 0) this.#seats.delete(key);
    };
  }

  async stop(): Promise<void> {
    if (this.#reading !== undefined) await end(this.#reading);
  }

  #start(): Reading {
    const begin = async () => {
      const newest = await outsideTransaction(this.#parts.newest);
      if (reading.isOver) return;
      this.#place = newest;
      reading.rounds = startRounds(({ signal }) => this.#round(signal), { minPauseMs: MIN_PAUSE_MS });
    };
    const reading: Reading = { begun: begin(), rounds: undefined, isOver: false };
    return reading;
  }

  /** @returns the pause behind it */
  async #round(signal: AbortSignal): Promise<number> {
    const { log, pollMs } = this.#parts;
    try {
      // In a context of its own: whoever came first must not lend it a transaction.
      while (await outsideTransaction(() => this.#readOrBeginAnew(signal)));
      databaseOutage.ended(this, log);
      if (this.#isFailing) log.info("the changes of orders are read again");
      this.#isFailing = false;
      return pollMs;
    } catch (error) {
      if (!isOutage(this, error, log)) {
        if (!this.#isFailing) log.warn({ err: error }, "the changes of orders cannot be read; whoever watches waits");
        this.#isFailing = true;
      }
      return PAUSE_AFTER_ERROR_MS;
    }
  }

  /** In another history all who watch begin anew: what they saw last may never have been. */
  async #readOrBeginAnew(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#read(signal);
    } catch (error) {
      if (!(error instanceof Failure) || error.reason !== "RESUME_TOKEN_EXPIRED") throw error;
      for (const seats of this.#seats.values()) for (const { mailbox } of seats) mailbox.end(error);
      const newest = await this.#parts.newest();
      if (!signal.aborted) this.#place = newest;
      this.#parts.log.warn("the database stands in another history: whoever watches begins anew");
      return false;
    }
  }

  /** Reads a batch and gives it out. @returns whether there may be more */
  async #read(signal: AbortSignal): Promise<boolean> {
    const { changes } = this.#parts;
    const read = await changes.read({}, { after: this.#place, limit: BATCH });
    const messages = new Map<OrderEvent, OrderChange | undefined>();
    // Somebody may sit down while the orders are read: until the position moves he gets these changes too.
    for (let wanted = this.#wanted(read, messages); wanted.length > 0; wanted = this.#wanted(read, messages)) {
      for (const change of wanted) messages.set(change, undefined);
      for (const message of await changes.withOrders(wanted)) messages.set(message.change, message);
    }
    if (signal.aborted) return false;
    for (const change of read) {
      const message = messages.get(change);
      if (message !== undefined) for (const { mailbox } of this.#seatsOf(change)) mailbox.put(message);
    }
    this.#place = { ...this.#place, position: read.at(-1)?.position ?? this.position };
    return read.length === BATCH;
  }

  #replaced(): Failure {
    this.#reading?.rounds?.wake();
    return new Failure("UNAVAILABLE", "The database has just been replaced. Watch again.", {
      retryAfterMs: RETRY_AFTER_MS,
    });
  }

  #wanted(read: OrderEvent[], known: ReadonlyMap<OrderEvent, unknown>): OrderEvent[] {
    return read.filter((change) => !known.has(change) && this.#seatsOf(change).length > 0);
  }

  #seatsOf(change: OrderEvent): Seat[] {
    return keysOf(change).flatMap((key) =>
      [...(this.#seats.get(key) ?? [])].filter(({ scope }) => covers(scope, change)),
    );
  }
}

async function end(reading: Reading): Promise<void> {
  reading.isOver = true;
  // Whoever came in is told that it could not begin.
  await reading.begun.catch(() => undefined);
  await reading.rounds?.stop();
}
