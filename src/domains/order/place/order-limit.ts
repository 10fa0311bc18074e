/**
 * How many orders a customer may place in a time.
 *
 * In this process's memory: an order costs no round trip for it, and its purpose is that nobody floods the shop with
 * orders and their e-mails. A replay does not count, so it gives its place back; and when there is no room, it is known
 * as a replay by the answer that is kept.
 */
import type { Failure } from "../../../platform/errors/failure.ts";
import { rateLimited } from "../../../platform/rate-limit/rate-limited.ts";
import type { Window } from "../../../platform/config/rate-limits.ts";
import { MemoryWindow } from "../../../platform/rate-limit/memory-window.ts";

export type Counted = { room: true; giveBack: () => void } | { room: false; refusal: Failure };

export class OrderLimit {
  readonly #log = new MemoryWindow();
  readonly #window: Window | undefined;

  /** @param window undefined: no limit */
  constructor(window: Window | undefined) {
    this.#window = window;
  }

  /** Counts an order of a customer, if there is room for it. */
  take(customerId: string): Counted {
    if (this.#window === undefined) return { room: true, giveBack: () => undefined };
    const { allowed, resetMs, entry } = this.#log.take(customerId, this.#window);
    if (!allowed) return { room: false, refusal: rateLimited("orders", resetMs) };
    return { room: true, giveBack: () => this.#log.giveBack(customerId, entry) };
  }
}
