/**
 * What a stranger must not do to a process: end it, hold up its event loop, leave something in its memory.
 *
 * Time is the CPU that the main thread took, where the event loop turns, and not what a clock says: machines are shared
 * and slow. Other threads, which hash and compress, hold nobody up. Linux only: there /proc tells.
 */
import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { signalTo } from "../../support/processes.ts";
import { eventually } from "../../support/until.ts";

/** Of an event loop's CPU, for one request. */
export const MAX_LOOP_MS = 100;
/** To take a mebibyte from the network and throw it away: in some dozens of pieces, between which others have their turn. */
const RECEIVING_MS_OF_MIB = 5;
/** What may be in use afterwards beyond what was before, as a share of that. */
export const MAX_KEPT = 0.2;
/** A process whose loop takes less than this in LOOK_MS has nothing to do but its own rounds. */
const REST_LOOP_MS = 1;
const LOOK_MS = 4;
/** Code that runs for the first time is compiled, and any moment may be a collection's: what holds up the loop does so each time. */
const SENDS = 3;

/** Their event loops' CPU so far, together. One that has gone took none. */
export function loopMsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + loopNsOf(pid) / 1e6, 0);
}

/** The first figure of schedstat: nanoseconds on a processor (Linux, Documentation/scheduler/sched-stats.rst). */
function loopNsOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "latin1").split(" ", 1)[0]);
  } catch {
    return 0;
  }
}

/** Waits until the processes have done what they were given. */
export async function atRest(pids: readonly number[]): Promise<void> {
  let before = loopMsOf(pids);
  await eventually(`processes ${pids.join(", ")} rest`, async () => {
    await sleep(LOOK_MS);
    const now = loopMsOf(pids);
    const rests = now - before < REST_LOOP_MS;
    before = now;
    return rests || undefined;
  });
}

/** How much of the processes' event loops it takes that these requests are sent and nothing else: the least of up to three times. */
export async function loopMsOfOne(
  pids: readonly number[],
  send: () => Promise<unknown>,
  requests = 1,
): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < SENDS && least > MAX_LOOP_MS * requests; count++) {
    const before = loopMsOf(pids);
    await send();
    await atRest(pids);
    least = Math.min(least, loopMsOf(pids) - before);
  }
  return least;
}

/** What receiving so many bytes takes of an event loop, whatever is made of them. */
export function receivingMs(bytes: number): number {
  return (bytes / 2 ** 20) * RECEIVING_MS_OF_MIB;
}

export interface InUse {
  /** Bytes of the heap and of what hangs on it, after a collection. */
  inUse: number;
  /** What the system has given. */
  rss: number;
}

/** What a process that was started with collects.ts still uses after a collection. */
export async function inUseOf(pid: number, folder: string): Promise<InUse> {
  const file = path.join(folder, `in-use-${pid}`);
  rmSync(file, { force: true });
  signalTo(pid, "SIGUSR2");
  return eventually(`process ${pid} has collected`, async () => {
    try {
      return JSON.parse(readFileSync(file, "utf8"));
    } catch {
      return undefined;
    }
  });
}

/** What is wrong with the processes after a request; undefined when nothing is. */
export function lifeWrong({
  before,
  now,
  loopMs,
}: {
  before: readonly number[];
  now: readonly number[];
  loopMs: number;
}): string | undefined {
  const gone = before.filter((pid) => !now.includes(pid));
  if (gone.length > 0) return `process ${gone.join(", ")} ended`;
  if (loopMs > MAX_LOOP_MS) return `took ${Math.round(loopMs)} ms of the event loop`;
  return undefined;
}

/** What is wrong with what is in use after everything, in bytes; undefined when nothing is. */
export function memoryWrong({ before, after }: { before: number; after: number }): string | undefined {
  const grown = after / before - 1;
  return grown > MAX_KEPT
    ? `keeps ${Math.round(grown * 100)} % more than before: ${mebibytes(before)} MiB, then ${mebibytes(after)} MiB`
    : undefined;
}

export function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}
