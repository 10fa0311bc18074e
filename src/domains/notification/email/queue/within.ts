/** A time limit that gives an error as a value: what Redis does not answer is an answer, too. */
import { setTimeout as sleep } from "node:timers/promises";

/** What `work` gives, or an error as a value when it takes too long. */
export async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | Error> {
  const ending = new AbortController();
  const timeout = sleep(timeoutMs, undefined, { signal: ending.signal }).then(
    () => new Error(`no answer within ${timeoutMs} ms`),
    () => new Error("canceled"),
  );
  try {
    return await Promise.race([work, timeout]);
  } finally {
    ending.abort();
  }
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
