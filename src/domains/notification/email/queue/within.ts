/** A time limit that gives an error as a value: what Redis does not answer is an answer, too. */
import { withTimeout } from "../../../../platform/async/with-timeout.ts";

/** What `work` gives, or an error as a value when it takes too long. */
export function within<T>(timeoutMs: number, work: Promise<T>): Promise<T | Error> {
  return withTimeout(timeoutMs, work, () => new Error(`no answer within ${timeoutMs} ms`));
}

export function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
