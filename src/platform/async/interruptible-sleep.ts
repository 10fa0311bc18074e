/** A pause that somebody may end before its time: for whoever polls, and is told when there is something to see. */
export class InterruptibleSleep {
  #wake: (() => void) | undefined;
  #rung = false;

  /** Ends the pause that is under way, or the next one at its beginning. */
  wake(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** @returns whether it was ended by `ring`, and not by its time or by the signal */
  async pause(ms: number, signal: AbortSignal): Promise<boolean> {
    if (!this.#rung && !signal.aborted) await this.#sleep(ms, signal);
    const rung = this.#rung;
    this.#rung = false;
    return rung;
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    signal.addEventListener("abort", this.#wake, { once: true });
    await promise;
    signal.removeEventListener("abort", this.#wake);
    clearTimeout(timer);
    this.#wake = undefined;
  }
}
