/**
 * A time limit for a promise: whoever waits is answered in time, and the work goes on by itself.
 *
 * The timer ends with the wait and keeps no process alive. An answer that came while this process was busy still counts:
 * it is read before the turn that `setImmediate` waits for. What the work gives or throws after its time is dropped.
 */

const OVER = Symbol("the time is over");

/** What `work` gives or throws; once `timeoutMs` are over without it, what `onTimeout` gives or throws. */
export async function withTimeout<T, Late>(
  timeoutMs: number,
  work: Promise<T>,
  onTimeout: () => Late,
): Promise<T | Awaited<Late>> {
  const over = Promise.withResolvers<typeof OVER>();
  const timer = setTimeout(() => setImmediate(over.resolve, OVER), timeoutMs).unref();
  try {
    const first = await Promise.race([work, over.promise]);
    return first === OVER ? await onTimeout() : first;
  } finally {
    clearTimeout(timer);
  }
}
