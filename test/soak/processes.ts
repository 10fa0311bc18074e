/** Processes of this machine by their ids: signals to them and to their children. Linux only: there /proc tells whose they are. */
import { readFileSync } from "node:fs";
import { isErrno } from "../../src/platform/errno.ts";

/** None of one that has gone, or is away. */
export function childrenOf(pid: number | undefined): number[] {
  if (pid === undefined) return [];
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").map(Number).filter((child) => child > 0);
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

/** Tells each child of this process to end, as Ctrl-C does, also one that is silent. */
export function endChildren(): void {
  for (const child of childrenOf(process.pid)) {
    signalTo(child, "SIGINT");
    for (const one of [...childrenOf(child), child]) signalTo(one, "SIGCONT");
  }
}

/** It and its children answer nobody, and their connections stay open. @returns what ends that; undefined when it has gone */
export function silence(pid: number | undefined): (() => void) | undefined {
  if (pid === undefined || !signalTo(pid, "SIGSTOP")) return undefined;
  // It makes no more of them now.
  const family = [...childrenOf(pid), pid];
  for (const one of family) signalTo(one, "SIGSTOP");
  return () => family.forEach((one) => signalTo(one, "SIGCONT"));
}
