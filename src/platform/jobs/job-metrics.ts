/** When scheduled jobs last ran, for the metrics: by whichever worker, also before this process began. */
import type { Sequelize } from "sequelize";
import { jobRuns } from "./scheduler.ts";
import { metrics, onScrape } from "../telemetry/metrics.ts";

/** @param names of the jobs. @returns ends it */
export function watchJobs(database: Sequelize, names: readonly string[]): () => void {
  return onScrape(async () => {
    for (const { name, lastEnd, lastSuccess } of await jobRuns(database)) {
      if (!names.includes(name)) continue;
      if (lastEnd !== null) metrics.jobLastRun.set({ name }, secondsOf(lastEnd));
      if (lastSuccess !== null) metrics.jobLastSuccess.set({ name }, secondsOf(lastSuccess));
    }
  });
}

function secondsOf(time: Date): number {
  return time.getTime() / 1_000;
}
