/**
 * Silence: for how long nothing was heard of a process, by the own time of the one that listens.
 *
 * That time stands while the listener is suspended or gets no CPU: what was said meanwhile is not read yet, and whoever
 * judged by the clock would take everybody for dead at once.
 */
import type { ChildProcess } from "node:child_process";
import type { Logger } from "../platform/telemetry/log.ts";
import { metrics, type ProcessKind } from "../platform/telemetry/metrics.ts";

/** How often the time is looked at within the limit. */
const LOOKS = 10;
/** A look that comes late counts for so many in time, however late it is. */
const LATE = 1.5;

/** Calls `act` once, when so much of this process's own time has passed. @returns ends it before */
export function whenSilent(limitMs: number, act: () => void): () => void {
  const mostMs = (limitMs / LOOKS) * LATE;
  let silentMs = 0;
  let lookedAtMs = performance.now();
  const looks = setInterval(() => {
    const nowMs = performance.now();
    silentMs += Math.min(nowMs - lookedAtMs, mostMs);
    lookedAtMs = nowMs;
    if (silentMs < limitMs) return;
    clearInterval(looks);
    act();
  }, limitMs / LOOKS);
  return () => clearInterval(looks);
}

/** Ends a silent process at once; its supervisor starts another, and its callers learn that their connections are gone. */
export function endSilent(
  child: ChildProcess,
  { kind, limitMs, log }: { kind: ProcessKind; limitMs: number; log: Logger },
): void {
  metrics.silences.inc({ kind });
  log.warn({ pid: child.pid, kind, silentMs: limitMs }, "a process is silent and is replaced");
  child.kill("SIGKILL");
}
