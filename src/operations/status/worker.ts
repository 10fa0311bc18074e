/** Whether a worker runs, and whether its scheduled jobs come round and go well. */
import type { Sequelize } from "sequelize";
import { one } from "../../platform/database/database.ts";
import { type Job, type JobRun, jobRuns } from "../../platform/jobs/scheduler.ts";
import { JOB_FAILING_SECONDS, WORKER_SILENT_SECONDS } from "./limits.ts";
import { type Audience, counted, lengthOf, ok, problem, reasonFor } from "./part.ts";

const MS_PER_SECOND = 1_000;

/** The rounds of every job, and the database's clock, by which they were noted. */
export interface Rounds {
  runs: JobRun[];
  now: Date;
}

export async function roundsOf(database: Sequelize): Promise<Rounds> {
  const { now } = await one<{ now: Date }>(database, "SELECT clock_timestamp() AS now");
  return { runs: await jobRuns(database), now };
}

/** Every worker notes a round at least once a minute. Pure. */
export function workerState({ runs, now }: Rounds) {
  const ends = runs.flatMap(({ lastEnd }) => (lastEnd === null ? [] : [lastEnd.getTime()]));
  const waiting = "Orders are placed; e-mails wait, and holds do not end.";
  const start = "Start `worker`. What waits in PostgreSQL is worked off by itself.";
  if (ends.length === 0) return problem(`No worker has run on this database yet. ${waiting}`, start);
  const seconds = Math.max(0, (now.getTime() - Math.max(...ends)) / MS_PER_SECOND);
  const figures = { last_round_seconds: seconds };
  if (seconds > WORKER_SILENT_SECONDS)
    return problem(`The last round of work ended ${lengthOf(seconds)} ago. ${waiting}`, start, figures);
  return ok(`The last round of work ended ${lengthOf(seconds)} ago.`, figures);
}

/**
 * Jobs that fail again and again, or have not come round in their time and a worker's silence on top. A job that was
 * never begun has no row, and is not late: a worker begins it within a quarter of a minute. Pure.
 */
export function jobsState({ runs, now }: Rounds, jobs: readonly Pick<Job, "name" | "everyMs">[], audience: Audience) {
  const secondsSince = (time: Date) => (now.getTime() - time.getTime()) / MS_PER_SECOND;
  const failing = runs.filter(
    ({ lastError, lastSuccess }) =>
      lastError !== null && (lastSuccess === null || secondsSince(lastSuccess) > JOB_FAILING_SECONDS),
  );
  const late = jobs.flatMap(({ name, everyMs }) => {
    const run = runs.find((one) => one.name === name);
    if (run === undefined) return [];
    const seconds = secondsSince(run.lastEnd ?? run.lastStart);
    return seconds > everyMs / MS_PER_SECOND + WORKER_SILENT_SECONDS ? [{ name, seconds }] : [];
  });
  const figures = { known: runs.length, failing: failing.length, late: late.length };
  const all = `${counted(runs.length, ["job", "jobs"])} of the worker came round in time.`;
  if (failing.length + late.length === 0) return ok(all, figures);
  const sentences = [
    ...failing.map(({ name, lastError }) => `"${name}" fails${reasonFor(audience, lastError ?? "")}`),
    ...late.map(({ name, seconds }) => `"${name}" has not come round for ${lengthOf(seconds)}`),
  ];
  return problem(`${sentences.join("; ")}.`, "The worker's log has the error, at the job's first failure.", figures);
}
