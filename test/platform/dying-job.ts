/** A schedule in a process of its own that stops in the middle of a job. */
import { startSchedule } from "../../src/platform/jobs/scheduler.ts";
import { log, openTestDatabase } from "../support/environment.ts";

const work = async () => {
  process.send?.("at work");
  await new Promise(() => undefined);
  return 0;
};
startSchedule({
  database: openTestDatabase(),
  log,
  lookMs: 20,
  jobs: [{ name: "dying", what: "never done", everyMs: 3_600_000, work, batch: 1 }],
});
