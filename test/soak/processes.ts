/** What a run does to processes: it silences them, and ends them all when it is over. */
import { childrenOf, signalTo } from "../support/processes.ts";

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
