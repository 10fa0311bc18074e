/** A pause that whoever stops the work ends before its time. */
import { setTimeout as sleep } from "node:timers/promises";

/** Comes back after `ms`, or as soon as `signal` is aborted. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
