/**
 * Scheduled work: each job runs once in its time, however many workers there are, and PostgreSQL knows how it went.
 *
 * An advisory lock keeps a job from running twice at once; it belongs to a transaction, so that it ends with its
 * worker, and a job that died in the middle begins again. The work itself stands outside that transaction. Jobs run
 * one after the other: none of them is in a hurry, and together they take two connections.
 */
import type { Sequelize } from "sequelize";
import { runSql, outsideTransaction } from "../database/database.ts";
import type { Logger } from "../telemetry/log.ts";
import { databaseOutage, isOutage, messageOf } from "../telemetry/outage.ts";
import type { Rounds } from "../async/rounds.ts";
import { noteRound, startPollLoop } from "../polling/poll-loop.ts";
import { MAY_STAND_STILL } from "../database/pool/session-settings.ts";
import { withTransaction } from "../database/transaction.ts";
import { JOB_LOCKS } from "../database/advisory-locks.ts";

export interface Job {
  /** In the table, and in the metrics. */
  name: string;
  /** What is done, for the log: "old events are forgotten". */
  what: string;
  /** From one start to the next. */
  everyMs: number;
  /** Does at most `batch` pieces, and is called until it finds fewer. @returns how many there were */
  work: () => Promise<number>;
  batch: number;
}

export interface JobRun {
  name: string;
  lastStart: Date;
  /** null: never. Before lastStart: it runs, or its worker died. */
  lastEnd: Date | null;
  lastSuccess: Date | null;
  /** null: the last run that ended went well. */
  lastError: string | null;
  runs: number;
  failures: number;
  /** Pieces of work in all runs. */
  pieces: number;
}

export interface ScheduleOptions {
  database: Sequelize;
  jobs: readonly Job[];
  log: Logger;
  /** How often to look what is due. Default: 15 s. */
  lookMs?: number;
}

const LOOK_MS = 15_000;
/** A job that failed is tried again after this, or after its own time where that is shorter. */
const RETRY_MS = 60_000;
const MAX_ERROR_LENGTH = 1_000;
/** A row that was written each second would be the only write of an idle night. */
const STEADY_NOTE_MS = 60_000;

export function startSchedule({ database, jobs, log, lookMs = LOOK_MS }: ScheduleOptions): Rounds {
  return startPollLoop({
    job: "schedule",
    what: "scheduled work is done",
    work: (signal) => runDue({ database, jobs, log }, signal),
    batch: Number.POSITIVE_INFINITY,
    pauseMs: lookMs,
    told: false,
    log,
  });
}

/**
 * For work that goes on all the time, in every worker at once: notes its rounds in the same table, once a minute and
 * whenever they did something or failed.
 */
export function steadily(database: Sequelize, name: string, work: () => Promise<number>): () => Promise<number> {
  let notedMs = Number.NEGATIVE_INFINITY;
  const note = async (end: End) => {
    notedMs = performance.now();
    await noteStart(database, name);
    await noteEnd(database, name, end);
  };
  return async () => {
    try {
      const pieces = await work();
      if (pieces > 0 || performance.now() - notedMs >= STEADY_NOTE_MS) await note({ pieces, error: null });
      return pieces;
    } catch (error) {
      // The work's own error is the one to tell.
      await note({ pieces: 0, error: messageOf(error) }).catch(() => undefined);
      throw error;
    }
  };
}

/** How every job's last run went. */
export async function jobRuns(database: Sequelize): Promise<JobRun[]> {
  return runSql<JobRun>(
    database,
    `SELECT name, last_start AS "lastStart", last_end AS "lastEnd", last_success AS "lastSuccess", last_error AS "lastError",
            runs::float8, failures::float8, pieces::float8
     FROM platform.jobs ORDER BY name`,
  );
}

/** @returns how many jobs were run here */
async function runDue({ database, jobs, log }: Omit<ScheduleOptions, "lookMs">, signal: AbortSignal): Promise<number> {
  let ran = 0;
  for (const name of await dueOf(database, jobs)) {
    const job = jobs.find((one) => one.name === name);
    if (job === undefined || signal.aborted) continue;
    if (await runAlone(database, job, { log, signal })) ran++;
  }
  return ran;
}

/** The names of those that are due, or stand as if they had died: the one statement of an idle quarter of a minute. */
async function dueOf(database: Sequelize, jobs: readonly Job[]): Promise<string[]> {
  const rows = await runSql<{ name: string }>(
    database,
    `SELECT job.name FROM unnest($1::text[], $2::float8[]) AS job(name, every_ms) LEFT JOIN platform.jobs j USING (name)
     WHERE j.name IS NULL OR j.last_end IS NULL OR j.last_end < j.last_start
        OR j.last_start <= clock_timestamp() - make_interval(
             secs => CASE WHEN j.last_error IS NULL THEN every_ms ELSE least(every_ms, $3) END / 1000)`,
    [jobs.map(({ name }) => name), jobs.map(({ everyMs }) => everyMs), RETRY_MS],
  );
  return rows.map(({ name }) => name);
}

/** @returns false when another worker is at it, or was meanwhile */
async function runAlone(
  database: Sequelize,
  job: Job,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<boolean> {
  const alone = async () => {
    const [lock] = await runSql<{ taken: boolean }>(
      database,
      "SELECT pg_try_advisory_xact_lock($1, hashtext($2)) AS taken",
      [JOB_LOCKS, job.name],
    );
    if (lock?.taken !== true || (await dueOf(database, [job])).length === 0) return false;
    await outsideTransaction(() => run(database, job, { log, signal }));
    return true;
  };
  return withTransaction(database, alone, { beginWith: MAY_STAND_STILL });
}

async function run(
  database: Sequelize,
  job: Job,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  await noteStart(database, job.name);
  let pieces = 0;
  try {
    for (let count = job.batch; count >= job.batch && !signal.aborted; pieces += count) count = await job.work();
    await noteEnd(database, job.name, { pieces, error: null });
    noteRound(job.name, "done");
    databaseOutage.ended(job, log);
    if (pieces > 0) log.info({ job: job.name, count: pieces }, job.what);
  } catch (error) {
    noteRound(job.name, "failed");
    if (!isOutage(job, error, log)) log.warn({ err: error, job: job.name }, `failed: ${job.what}; it is tried again`);
    await noteEnd(database, job.name, { pieces, error: messageOf(error) });
  }
}

interface End {
  pieces: number;
  /** null: it went well. */
  error: string | null;
}

async function noteStart(database: Sequelize, name: string): Promise<void> {
  await runSql(
    database,
    `INSERT INTO platform.jobs AS j (name, last_start) VALUES ($1, clock_timestamp())
     ON CONFLICT (name) DO UPDATE SET last_start = excluded.last_start, runs = j.runs + 1`,
    [name],
  );
}

async function noteEnd(database: Sequelize, name: string, { pieces, error }: End): Promise<void> {
  await runSql(
    database,
    `UPDATE platform.jobs SET last_end = clock_timestamp(), last_error = $2, pieces = pieces + $3,
       last_success = CASE WHEN $2::text IS NULL THEN clock_timestamp() ELSE last_success END,
       failures = failures + CASE WHEN $2::text IS NULL THEN 0 ELSE 1 END
     WHERE name = $1`,
    [name, error?.slice(0, MAX_ERROR_LENGTH) ?? null, pieces],
  );
}
