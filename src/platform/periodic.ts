/**
 * Work that comes round: a batch, then a pause, for as long as the process lives.
 *
 * A full batch has no pause behind it, so a backlog is worked off at full speed; an error is said once and tried again
 * more slowly, because a database that is away comes back no sooner for being asked more often.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "./log.ts";
import { metrics } from "./metrics.ts";

export interface PeriodicWork {
  /** Its name in the metrics, in a word or two. */
  job: string;
  /** What is done, for the log: "holds are ended". */
  what: string;
  /** Does at most `batch` pieces. @returns how many there were */
  work: () => Promise<number>;
  batch: number;
  /** The pause after less than a batch. */
  pauseMs: number;
  log: Logger;
}

const PAUSE_AFTER_ERROR_MS = 5_000;

export function startPeriodic(work: PeriodicWork): { stop(): Promise<void> } {
  const ending = new AbortController();
  const running = run(work, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

/** Counts a round of periodic work in the metrics. */
export function noteRound(job: string, outcome: "done" | "failed"): void {
  metrics.jobRuns.inc({ job, outcome });
  metrics.jobLastRun.setToCurrentTime({ job });
  if (outcome === "done") metrics.jobLastSuccess.setToCurrentTime({ job });
}

async function run({ job, what, work, batch, pauseMs, log }: PeriodicWork, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    let nextMs = pauseMs;
    try {
      const count = await work();
      noteRound(job, "done");
      if (count > 0) log.info({ count }, what);
      if (count >= batch) nextMs = 0;
      if (failing) log.info(`${what} again`);
      failing = false;
    } catch (error) {
      noteRound(job, "failed");
      if (!failing) log.warn({ err: error }, `not now: ${what}; it is tried again and again`);
      failing = true;
      nextMs = Math.max(pauseMs, PAUSE_AFTER_ERROR_MS);
    }
    await sleep(nextMs, undefined, { signal }).catch(() => undefined);
  }
}
