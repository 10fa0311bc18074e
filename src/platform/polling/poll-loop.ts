/**
 * Work that comes round: a batch, then a pause, for as long as the process lives.
 *
 * A full batch has no pause behind it, so a backlog is worked off at full speed; an error is said once and tried again
 * more slowly, because a database that is away comes back no sooner for being asked more often. That it is away is said
 * once for all that need it.
 */
import { type Rounds, startRounds } from "../async/rounds.ts";
import type { Logger } from "../telemetry/log.ts";
import { metrics } from "../telemetry/metrics.ts";
import { databaseOutage, isOutage } from "../telemetry/outage.ts";

export interface PollOptions {
  /** Its name in the metrics, in a word or two. */
  job: string;
  /** What is done, for the log: "holds are ended". */
  what: string;
  /** Does at most `batch` pieces, fewer once `signal` is aborted. @returns how many there were */
  work: (signal: AbortSignal) => Promise<number>;
  batch: number;
  /** The pause after less than a batch. */
  pauseMs: number;
  /** Whether each batch is worth a line of the log, or only of its debug level. Default: true. */
  told?: boolean;
  log: Logger;
}

const PAUSE_AFTER_ERROR_MS = 5_000;

export function startPollLoop(options: PollOptions): Rounds {
  const { job, what, work, batch, pauseMs, told = true, log } = options;
  let failing = false;
  return startRounds(async ({ signal }) => {
    try {
      const count = await work(signal);
      noteRound(job, "done");
      if (count > 0) log[told ? "info" : "debug"]({ count }, what);
      databaseOutage.ended(options, log);
      if (failing) log.info(`${what} again`);
      failing = false;
      return count >= batch ? 0 : pauseMs;
    } catch (error) {
      noteRound(job, "failed");
      if (!isOutage(options, error, log)) {
        if (!failing) log.warn({ err: error }, `failed: ${what}; it is tried again`);
        failing = true;
      }
      return Math.max(pauseMs, PAUSE_AFTER_ERROR_MS);
    }
  });
}

/** Counts a round of periodic work in the metrics. */
export function noteRound(job: string, outcome: "done" | "failed"): void {
  metrics.jobRuns.inc({ name: job, outcome });
  metrics.jobLastRun.setToCurrentTime({ name: job });
  if (outcome === "done") metrics.jobLastSuccess.setToCurrentTime({ name: job });
}
