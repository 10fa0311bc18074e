/** Counts the messages of a request among the bodies that are under way: the first from now on, others from their first bytes. */
import type { Failure } from "../../../platform/errors/failure.ts";
import { bodyBudget, type Incoming } from "../../bodies/body-budget.ts";

export interface Counted {
  /** Throws what a message that is given up is refused with. */
  chunks: AsyncIterable<Uint8Array>;
  /** The message is here, or nobody waits for it; what comes from now on belongs to the next one. */
  whole(): void;
}

export function counted(body: AsyncIterable<Uint8Array>, toError: (failure: Failure) => Error): Counted {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  givenUp.catch(() => undefined);
  const begin = (): Incoming => bodyBudget.begin((failure) => reject(toError(failure)));
  let incoming: Incoming | undefined = begin();
  const whole = (): void => {
    incoming?.end();
    incoming = undefined;
  };
  async function* chunks(): AsyncIterable<Uint8Array> {
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await Promise.race([iterator.next(), givenUp]);
        if (next.done === true) return;
        incoming ??= begin();
        incoming.take(next.value.byteLength);
        yield next.value;
      }
    } finally {
      whole();
    }
  }
  return { chunks: chunks(), whole };
}
