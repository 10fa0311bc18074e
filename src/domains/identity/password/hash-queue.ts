/**
 * Whose password is hashed next: one at a time in each process, and by turns of those who wait.
 *
 * A hash takes 19 MiB and tens of milliseconds by design, so a crowd at the sign-in could otherwise take all memory and
 * both cores from the orders. First come, first served, a few addresses that never stop guessing would have every turn. So
 * networks take turns; who signs in where he signed in before has a share that no stranger can fill, and new accounts have
 * one of their own. What waits is bounded, in number and in time.
 */
import { neighbourhoodOf, networkOf } from "../../../platform/auth/client-address.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { FairQueue, type Lane } from "../../../platform/async/fair-queue.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import type { CallSignal } from "../../../rpc/call-signal.ts";

/** `known`: who is signed in, or signs in where the account did before. `new`: whoever else signs in. */
export type Share = "known" | "new" | "registration";

/** Of seven turns, while somebody waits for each; nobody else's are taken from a share that is not used. */
const TURNS = { known: 4, new: 2, registration: 1 } as const satisfies Record<Share, number>;
/** Of one share: at 40 ms each the last of them waits three seconds, when the others are empty. */
const MAX_WAITING = 64;
/** Of one address in all shares: as many as a share takes when nobody else comes. */
const MAX_PLACES = 64;
/** Longer than anybody watches a sign-in. */
const MAX_WAIT_MS = 10_000;
const RETRY_AFTER_MS = 2_000;

interface Waiting {
  begin: () => void;
  refuse: (why: Failure) => void;
}

interface Line {
  turns: number;
  /** What the share is owed: it grows at each turn, and whoever is owed most comes next. */
  owed: number;
  queue: FairQueue<Waiting>;
}

/** A place in the queue, until it is disposed of. */
export interface Place extends Disposable {
  /** Does what hashes when it is its turn. @throws Failure TOO_BUSY; CANCELED for a call that is over */
  turn<T>(share: Share, work: () => Promise<T>): Promise<T>;
}

export class HashQueue {
  readonly #lines: Record<Share, Line> = {
    known: lineOf("known"),
    new: lineOf("new"),
    registration: lineOf("registration"),
  };
  /** How many places each address has. */
  readonly #places = new Map<string, number>();
  readonly #maxWaitMs: number;
  #isHashing = false;

  constructor({ maxWaitMs = MAX_WAIT_MS } = {}) {
    this.#maxWaitMs = maxWaitMs;
  }

  /**
   * Takes a place, for work that will hash. Taken before anything is asked of the database, so that a crowd is refused
   * before it fills the pool that every other call needs. @throws Failure TOO_BUSY
   */
  enter({ peer, signal }: { peer: string; signal: CallSignal }): Place {
    const lane = { network: neighbourhoodOf(peer), address: networkOf(peer) };
    const taken = this.#places.get(lane.address) ?? 0;
    if (taken >= MAX_PLACES) throw tooBusy();
    this.#places.set(lane.address, taken + 1);
    metrics.signInWaiting.inc();
    return {
      turn: async (share, work) => {
        await this.#turnOf(this.#lines[share], lane, signal);
        return work().finally(() => this.#next());
      },
      [Symbol.dispose]: () => this.#leave(lane.address),
    };
  }

  #leave(address: string): void {
    metrics.signInWaiting.dec();
    const left = (this.#places.get(address) ?? 1) - 1;
    if (left === 0) this.#places.delete(address);
    else this.#places.set(address, left);
  }

  /** Resolves when it is the caller's turn, which he ends by `#next`. */
  async #turnOf({ queue }: Line, lane: Lane, signal: CallSignal): Promise<void> {
    const turn = Promise.withResolvers<void>();
    const waiting: Waiting = { begin: turn.resolve, refuse: turn.reject };
    const giveUp = (why: Failure) => {
      queue.remove(lane, waiting);
      turn.reject(why);
    };
    queue.add(lane, waiting);
    const timer = setTimeout(() => giveUp(tooBusy()), this.#maxWaitMs);
    signal.onAbort(() => giveUp(new Failure("CANCELED", "The caller went away.")));
    // Whoever has most gives way; when that is the newcomer, the newcomer.
    if (queue.size > MAX_WAITING) queue.takeLast()?.refuse(tooBusy());
    if (!this.#isHashing) this.#next();
    try {
      await turn.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  #next(): void {
    const lines = Object.values(this.#lines).filter(({ queue }) => queue.size > 0);
    for (const line of lines) line.owed += line.turns;
    const [line] = lines.toSorted((one, other) => other.owed - one.owed);
    const waiting = line?.queue.take();
    this.#isHashing = waiting !== undefined;
    if (line === undefined || waiting === undefined) return;
    line.owed -= lines.reduce((sum, { turns }) => sum + turns, 0);
    // Nobody saves up turns, or owes them, while he does not wait.
    if (line.queue.size === 0) line.owed = 0;
    waiting.begin();
  }
}

function lineOf(share: Share): Line {
  return { turns: TURNS[share], owed: 0, queue: new FairQueue() };
}

function tooBusy(): Failure {
  return new Failure("TOO_BUSY", "Too many people are signing in. Try again in a moment.", {
    retryAfterMs: RETRY_AFTER_MS,
  });
}
