/**
 * Finds the processes that a test file has left running, by a mark in their environment or by the folder they work in.
 *
 * Linux only, as it needs /proc: the tests of every change run there.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../../src/development/embedded/process-identity.ts";
import { MARK_VARIABLE } from "./messages.ts";

export interface Leftover {
  pid: number;
  command: string;
}

/** Processes that were told to end may still be at it. */
const GRACE_MS = 1_500;
const POLL_MS = 50;

/** Waits a moment for them to end; what then still runs is killed and returned. */
export async function killLeftovers(trace: { mark: string; dataDir: string }, graceMs = GRACE_MS): Promise<Leftover[]> {
  if (process.platform !== "linux") return [];
  const deadline = performance.now() + graceMs;
  let left = leftovers(trace);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(POLL_MS);
    left = leftovers(trace);
  }
  for (const { pid } of left) tryTo(() => process.kill(pid, "SIGKILL"));
  return left;
}

function leftovers(trace: { mark: string; dataDir: string }): Leftover[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid && belongsTo(pid, trace) && isAlive(pid))
    .map((pid) => ({
      pid,
      command: (tryTo(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")) ?? "").replaceAll("\0", " ").trim(),
    }));
}

function belongsTo(pid: number, { mark, dataDir }: { mark: string; dataDir: string }): boolean {
  const environment = (tryTo(() => readFileSync(`/proc/${pid}/environ`, "utf8")) ?? "").split("\0");
  if (environment.some((entry) => entry.startsWith(`${MARK_VARIABLE}=`) && entry.includes(mark))) return true;
  // Embedded servers get a bare environment, and work inside their data.
  return (tryTo(() => readlinkSync(`/proc/${pid}/cwd`)) ?? "").startsWith(dataDir);
}

/** Files of a process vanish with it, and some are not ours to read. */
function tryTo<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
