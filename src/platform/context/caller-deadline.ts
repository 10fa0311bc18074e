/**
 * Until when the caller waits for whom the running code works, known wherever a connection is asked for.
 *
 * A call whose deadline passes in the queue for a connection has its answer already; if its turn came all the same, a
 * slow database would work for the dead, and those who still wait would find the pool taken.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Failure } from "../errors/failure.ts";

const deadlines = new AsyncLocalStorage<number>();

/** Runs `work` for a caller who waits until `deadline`, milliseconds since 1970. */
export function withCallerDeadline<T>(deadline: number, work: () => Promise<T>): Promise<T> {
  return deadlines.run(deadline, work);
}

/** Runs `work` for whoever asks for it meanwhile, too: it does not end with the patience of the first. */
export function withoutCallerDeadline<T>(work: () => Promise<T>): Promise<T> {
  return deadlines.exit(work);
}

/** @throws Failure DEADLINE_EXCEEDED when nobody waits any more */
export function checkCallerDeadline(): void {
  const deadline = deadlines.getStore();
  if (deadline === undefined || Date.now() < deadline) return;
  throw new Failure(
    "DEADLINE_EXCEEDED",
    "The deadline passed before a connection to the database was free; nothing was changed.",
  );
}
