/** The page on the worker names every job that the worker runs, and no other. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { EmailDeliveries } from "../../src/domains/notification/email/deliveries.ts";
import { WebhookDeliveries } from "../../src/domains/notification/webhook/deliveries.ts";
import { CONSUMERS } from "../../src/worker/consumers.ts";
import { scheduledJobs } from "../../src/worker/scheduled-jobs.ts";
import { openTestDatabase } from "../support/environment.ts";
import { read, tableOf } from "./markdown.ts";

/** Of every worker at once, beside those of the schedule. */
const STEADY = ["holds", "password resets", "sales"];
const SECONDS: Record<string, number> = { "15 seconds": 15, minute: 60, "5 minutes": 300, hour: 3_600 };

test("the page's table has each job with its time", async () => {
  const database = openTestDatabase();
  const jobs = scheduledJobs({
    database,
    deliveries: new EmailDeliveries(database),
    webhookDeliveries: new WebhookDeliveries(database),
    consumers: CONSUMERS,
    encryptionKey: Buffer.alloc(32),
  });
  await database.close();
  const rows = new Map(tableOf(read("docs/worker.md"), "Job").map(([job = "", every = ""]) => [job, every]));
  assert.equal(
    [...rows.keys()].sort(),
    [...STEADY, ...jobs.map(({ name }) => name)].map((name) => `\`${name}\``).sort(),
  );
  for (const { name, everyMs } of jobs)
    assert.is(SECONDS[rows.get(`\`${name}\``)?.split(",")[0] ?? ""], everyMs / 1_000, name);
});

test.run();
