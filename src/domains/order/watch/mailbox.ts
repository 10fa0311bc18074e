/** What waits for one watcher: a bounded number of changes, and why the stream ends. */
import { withTimeout } from "../../../platform/async/with-timeout.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { OrderChange } from "../order-change.ts";

export class Mailbox {
  readonly #maxWaiting: number;
  readonly #waiting: OrderChange[] = [];
  #after: bigint | undefined;
  #failure: Failure | undefined;
  #wake: (() => void) | undefined;

  constructor(maxWaiting: number) {
    this.#maxWaiting = maxWaiting;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes changes with higher positions from now on. */
  begin(after: bigint): void {
    this.#after = after;
  }

  /** Too many that nobody reads end the stream: what was read before can be resumed, the rest would only be late. */
  put(message: OrderChange): void {
    if (this.#after === undefined || message.change.position <= this.#after || this.#failure !== undefined) return;
    if (this.#waiting.length < this.#maxWaiting) this.#waiting.push(message);
    else this.end(tooSlow());
    this.#wake?.();
  }

  /** What waits is dropped: whoever resumes gets it again. The first end counts. */
  end(failure: Failure): void {
    this.#failure ??= failure;
    this.#waiting.length = 0;
    this.#wake?.();
  }

  /** @throws Failure what ended the stream */
  requireOpen(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The next change, or undefined when none comes in time. @throws Failure what ended the stream */
  async next(timeoutMs: number): Promise<OrderChange | undefined> {
    if (this.#waiting.length === 0 && this.#failure === undefined) await this.#news(timeoutMs);
    this.requireOpen();
    return this.#waiting.shift();
  }

  async #news(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await withTimeout(timeoutMs, promise, () => undefined);
    this.#wake = undefined;
  }
}

function tooSlow(): Failure {
  return new Failure(
    "WATCHER_TOO_SLOW",
    "Changes came faster than they were read. Watch again with the last resume_token.",
  );
}
