/**
 * Where work comes from: the request id and the trace of the call that caused it, for what the call leaves behind.
 *
 * Carried beside the code by AsyncLocalStorage, because the repositories that write events are called by many, none of
 * whom has to do with it.
 */
import { AsyncLocalStorage } from "node:async_hooks";

export interface Cause {
  requestId: string;
  /** W3C Trace Context; undefined where nothing is traced. */
  traceparent?: string | undefined;
}

const ambient = new AsyncLocalStorage<Cause>();

export function withCause<T>(origin: Cause, work: () => T): T {
  return ambient.run(origin, work);
}

/** undefined for what nobody called for, such as the end of a hold. */
export function currentCause(): Cause | undefined {
  return ambient.getStore();
}
