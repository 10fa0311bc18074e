/** Processes of this machine by their ids: whose children they are, and signals to them. Linux only: there /proc tells. */
import { readFileSync } from "node:fs";
import { isErrno } from "../../src/platform/process/filesystem.ts";

/** None of one that has gone, or is away. */
export function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .split(" ")
      .map(Number)
      .filter((child) => child > 0);
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ESRCH")) return [];
    throw error;
  }
}

/** @returns false when it has gone: it may have ended by itself since it was looked for */
export function signalTo(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  }
}
