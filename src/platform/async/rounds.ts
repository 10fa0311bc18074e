/**
 * Work that comes round: a round, then the pause that it asks for, again and again until it is stopped.
 *
 * Who polls may be told that there is something to see; a wake-up ends the pause. One that comes during a round leaves
 * out the next pause, since the round may have looked before there was anything.
 */
import { pause } from "./pause.ts";

export interface Round {
  /** Aborted when the work is stopped: a long round may end early. */
  signal: AbortSignal;
  /** Whether the pause before it was ended by a wake-up, and not by its time. */
  isWoken: boolean;
}

export interface RoundsOptions {
  /** A pause before the first round. Default: none, it begins within the call. */
  firstAfterMs?: number;
  /** No wake-up makes a pause shorter, so that those which come faster are one. Default: 0. */
  minPauseMs?: number;
}

export interface Rounds {
  /** Ends the pause, or leaves the next one out. */
  wake(): void;
  /** Comes back after the round that is under way; there is no other. */
  stop(): Promise<void>;
}

/** @param round catches its own errors. @returns how long to wait, in milliseconds */
export function startRounds(round: (now: Round) => Promise<number>, options: RoundsOptions = {}): Rounds {
  const { firstAfterMs, minPauseMs = 0 } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const between = new WakeablePause(signal);
  const running = run();

  async function run(): Promise<void> {
    let isWoken = firstAfterMs !== undefined && (await between.take(firstAfterMs));
    while (!signal.aborted) {
      const pauseMs = await round({ signal, isWoken });
      if (minPauseMs > 0) await pause(minPauseMs, signal);
      isWoken = await between.take(pauseMs);
    }
  }

  return {
    wake: () => between.wake(),
    async stop() {
      ending.abort();
      await running;
    },
  };
}

class WakeablePause {
  readonly #signal: AbortSignal;
  #end: (() => void) | undefined;
  #isWoken = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  wake(): void {
    this.#isWoken = true;
    this.#end?.();
  }

  /** @returns whether it was ended, or left out, for a wake-up */
  async take(ms: number): Promise<boolean> {
    if (!this.#isWoken && !this.#signal.aborted) await this.#sleep(ms);
    const isWoken = this.#isWoken;
    this.#isWoken = false;
    return isWoken;
  }

  async #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    const end = () => resolve();
    this.#end = end;
    this.#signal.addEventListener("abort", end, { once: true });
    await promise;
    this.#signal.removeEventListener("abort", end);
    clearTimeout(timer);
    this.#end = undefined;
  }
}
