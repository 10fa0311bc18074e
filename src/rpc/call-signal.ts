/**
 * Tells the work behind a call that nobody waits for its answer any more: the caller left, or the deadline passed.
 *
 * Reads like an AbortSignal and is none, because grpc-js tells every call at its end that it is over, and a signal then
 * pays for an event, an exception and whatever it was composed of; docs/performance.md has the figures.
 */
export class CallSignal {
  #aborted = false;
  #listeners: (() => void)[] = [];

  get aborted(): boolean {
    return this.#aborted;
  }

  abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    const listeners = this.#listeners;
    this.#listeners = [];
    for (const listener of listeners) listener();
  }

  /** Calls `listener` when it is aborted; at once when it is already. */
  onAbort(listener: () => void): void {
    if (this.#aborted) listener();
    else this.#listeners.push(listener);
  }

  /** For what takes an AbortSignal only: timers, sockets. */
  toAbortSignal(): AbortSignal {
    const controller = new AbortController();
    this.onAbort(() => controller.abort());
    return controller.signal;
  }
}
