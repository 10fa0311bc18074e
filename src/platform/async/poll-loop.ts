/**
 * Work that comes round: a batch, then a pause, for as long as the process lives.
 *
 * A full batch has no pause behind it, so a backlog is worked off at full speed; an error is said once and tried again
 * more slowly, because a database that is away comes back no sooner for being asked more often. That it is away is said
 * once for all that need it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../telemetry/log.ts";
import { metrics } from "../telemetry/metrics.ts";
import { databaseOutage, isOutage } from "../telemetry/outage.ts";

export interface PollOptions {
  /** Its name in the metrics, in a word or two. */
  job: string;
  /** What is done, for the log: "holds are ended". */
  what: string;
  /** Does at most `batch` pieces. @returns how many there were */
  work: () => Promise<number>;
  batch: number;
  /** The pause after less than a batch. */
  pauseMs: number;
  /** Whether each batch is worth a line of the log, or only of its debug level. Default: true. */
  told?: boolean;
  log: Logger;
}

const PAUSE_AFTER_ERROR_MS = 5_000;

export interface PollLoop {
  /** Ends the pause, or leaves the next one out: there may be work. */
  wake(): void;
  stop(): Promise<void>;
}

export function startPollLoop(work: PollOptions): PollLoop {
  const pauses = new Pauses();
  const running = run(work, pauses);
  return {
    wake: () => pauses.cut(),
    async stop() {
      pauses.end();
      await running;
    },
  };
}

/** Counts a round of periodic work in the metrics. */
export function noteRound(job: string, outcome: "done" | "failed"): void {
  metrics.jobRuns.inc({ name: job, outcome });
  metrics.jobLastRun.setToCurrentTime({ name: job });
  if (outcome === "done") metrics.jobLastSuccess.setToCurrentTime({ name: job });
}

async function run({ job, what, work, batch, pauseMs, told = true, log }: PollOptions, pauses: Pauses): Promise<void> {
  let failing = false;
  while (!pauses.isOver) {
    let nextMs = pauseMs;
    try {
      const count = await work();
      noteRound(job, "done");
      if (count > 0) log[told ? "info" : "debug"]({ count }, what);
      if (count >= batch) nextMs = 0;
      databaseOutage.ended(pauses, log);
      if (failing) log.info(`${what} again`);
      failing = false;
    } catch (error) {
      noteRound(job, "failed");
      if (!isOutage(pauses, error, log)) {
        if (!failing) log.warn({ err: error }, `failed: ${what}; it is tried again`);
        failing = true;
      }
      nextMs = Math.max(pauseMs, PAUSE_AFTER_ERROR_MS);
    }
    await pauses.take(nextMs);
  }
}

class Pauses {
  isOver = false;
  #pause = new AbortController();

  /** Comes back at once when it was cut since the last one. */
  async take(ms: number): Promise<void> {
    if (!this.isOver) await sleep(ms, undefined, { signal: this.#pause.signal }).catch(() => undefined);
    this.#pause = new AbortController();
  }

  cut(): void {
    this.#pause.abort();
  }

  end(): void {
    this.isOver = true;
    this.cut();
  }
}
