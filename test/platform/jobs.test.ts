/**
 * Scheduled work runs once in its time, however many workers there are, and its last run can be looked up.
 *
 * Method: several schedules on one real database, each with a pool of its own as workers have; where hours must pass,
 * the test sets a job's times back.
 */
import { fork } from "node:child_process";
import path from "node:path";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { type Job, jobRuns, startSchedule, steadily } from "../../src/platform/jobs/scheduler.ts";
import type { Rounds } from "../../src/platform/async/rounds.ts";
import { meeting, race } from "../support/race.ts";
import { thrown } from "../support/call.ts";
import { log, openTestDatabase } from "../support/environment.ts";
import { until } from "../support/until.ts";

const WORKERS = 3;
const HOUR_MS = 3_600_000;

let databases: Sequelize[];
let database: Sequelize;

test.before(() => {
  databases = Array.from({ length: WORKERS }, openTestDatabase);
  database = openTestDatabase();
});
test.after(async () => {
  await Promise.all([...databases, database].map((one) => one.close()));
});

function jobOf(name: string, work: Job["work"], batch = 10): Job {
  return { name, what: `${name} is done`, everyMs: HOUR_MS, work, batch };
}

/** The same job in every worker. */
function startAll(job: Job): Rounds[] {
  return databases.map((one) => startSchedule({ database: one, log, lookMs: 10, jobs: [job] }));
}

async function stopAll(schedules: Rounds[]): Promise<void> {
  await Promise.all(schedules.map((schedule) => schedule.stop()));
}

async function runOf(name: string) {
  return (await jobRuns(database)).find((run) => run.name === name);
}

/** Lets time pass for a job: its last run began and ended so much earlier. */
async function age(name: string, seconds: number): Promise<void> {
  await runSql(
    database,
    `UPDATE platform.jobs SET last_start = last_start - make_interval(secs => $2), last_end = last_end - make_interval(secs => $2)
     WHERE name = $1`,
    [name, seconds],
  );
}

/** Every schedule has looked several times more. */
async function severalLooks(name: string): Promise<void> {
  const looks = jobOf(`looks after ${name}`, async () => 0);
  for (const one of databases) {
    let count = 0;
    const counting = startSchedule({
      database: one,
      log,
      lookMs: 10,
      jobs: [{ ...looks, everyMs: 0, work: async () => (count++, 0) }],
    });
    await until("several looks", () => count >= 3);
    await counting.stop();
  }
}

test("a job runs once in its time, whichever worker it is that runs it", async () => {
  let runs = 0;
  const schedules = startAll(jobOf("hourly", async () => (runs++, 3)));
  await until("the first run", async () => (await runOf("hourly"))?.lastEnd instanceof Date);
  await severalLooks("hourly");
  assert.is(runs, 1);
  await age("hourly", 3_000);
  await severalLooks("hourly, ten minutes early");
  assert.is(runs, 1);
  await age("hourly", 600);
  await until("the second run", () => runs > 1);
  await until("its note", async () => (await runOf("hourly"))?.runs === 2);
  await severalLooks("hourly, later");
  await stopAll(schedules);
  assert.is(runs, 2);
  const run = await runOf("hourly");
  assert.is(run?.pieces, 6);
  assert.is(run?.lastError, null);
  assert.ok(Number(run?.lastEnd) >= Number(run?.lastStart));
});

test("while one worker is at it, no other begins", async () => {
  let [working, most] = [0, 0];
  const mayEnd = Promise.withResolvers<void>();
  const schedules = startAll(
    jobOf("long", async () => {
      most = Math.max(most, ++working);
      await mayEnd.promise;
      working--;
      return 0;
    }),
  );
  await until("the run", () => working > 0);
  await age("long", 2 * 3_600);
  await severalLooks("long");
  assert.is(most, 1);
  mayEnd.resolve();
  await stopAll(schedules);
});

test("without the lock, workers that look at once all run it", async () => {
  const together = meeting(WORKERS);
  const runs = await race(WORKERS, async (index) => {
    const one = databases[index] ?? database;
    const due = await runSql(
      one,
      "SELECT FROM (SELECT) AS always WHERE NOT EXISTS (SELECT FROM platform.jobs WHERE name = 'unlocked')",
    );
    await together();
    await runSql(
      one,
      "INSERT INTO platform.jobs (name, last_start) VALUES ('unlocked', now()) ON CONFLICT (name) DO NOTHING",
    );
    return due.length;
  });
  assert.equal(runs, [1, 1, 1]);
});

test("a job goes on until a batch is not full", async () => {
  const batches = [10, 10, 4];
  const schedules = startAll(jobOf("batches", async () => batches.shift() ?? 0));
  await until("the end", async () => (await runOf("batches"))?.lastEnd instanceof Date);
  await stopAll(schedules);
  assert.equal(batches, []);
  assert.is((await runOf("batches"))?.pieces, 24);
});

test("a job that fails says why, is tried again after a minute, and says when it went well", async () => {
  let failing = true;
  const schedules = startAll(
    jobOf("shaky", async () => {
      if (failing) throw new Error("out of order");
      return 1;
    }),
  );
  await until("the failure", async () => (await runOf("shaky"))?.lastError === "out of order");
  await severalLooks("shaky");
  const failed = await runOf("shaky");
  assert.equal([failed?.runs, failed?.failures, failed?.lastSuccess], [1, 1, null]);
  failing = false;
  await age("shaky", 61);
  await until("the next run", async () => (await runOf("shaky"))?.lastError === null);
  await stopAll(schedules);
  const run = await runOf("shaky");
  assert.equal([run?.runs, run?.failures, run?.pieces], [2, 1, 1]);
  assert.instance(run?.lastSuccess, Date);
});

test("a job whose worker is killed in the middle begins again, in another worker", async () => {
  const child = fork(path.join(import.meta.dirname, "dying-job.ts"), { execArgv: [] });
  await new Promise((resolve) => child.once("message", resolve));
  let runs = 0;
  const schedules = startAll(jobOf("dying", async () => (runs++, 0)));
  await severalLooks("dying");
  assert.is(runs, 0);
  child.kill("SIGKILL");
  await until("another worker", () => runs === 1);
  await until("its end", async () => (await runOf("dying"))?.lastSuccess instanceof Date);
  await stopAll(schedules);
  assert.is((await runOf("dying"))?.runs, 2);
});

test("work that goes on all the time is noted when it begins, does something or fails, and not each time", async () => {
  const counts = [0, 0, 0, 2];
  const work = steadily(database, "steady", async () => {
    const count = counts.shift();
    if (count === undefined) throw new Error("out of order");
    return count;
  });
  for (let round = 0; round < 3; round++) await work();
  assert.equal([(await runOf("steady"))?.runs, (await runOf("steady"))?.pieces], [1, 0]);
  assert.is(await work(), 2);
  assert.equal([(await runOf("steady"))?.runs, (await runOf("steady"))?.pieces], [2, 2]);
  assert.match(String(await thrown(work())), "out of order");
  assert.is((await runOf("steady"))?.lastError, "out of order");
});

test.run();
