/**
 * `status` answers "is all well?": each kind of trouble is told by its part, the others as they are, and nothing is
 * changed by asking.
 *
 * Method: the file's own database and Redis, a real worker, and a shop whose rows are set back by hours where time must
 * pass. What was told at first, before any worker ran, is the first trouble.
 */
// time limit: 120 s
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse as parseYaml } from "yaml";
import {
  EMAIL_LATE_SECONDS,
  EVENT_LATE_SECONDS,
  JOB_FAILING_SECONDS,
  REPLICA_LATE_SECONDS,
  WORKER_SILENT_SECONDS,
} from "../../src/operations/status/limits.ts";
import type { Part } from "../../src/operations/status/part.ts";
import { type Status, statusOf } from "../../src/operations/status/status.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { startWorker } from "../../src/worker/worker.ts";
import { read, ROOT, tableOf } from "../docs/markdown.ts";
import { runCommand } from "../support/command.ts";
import { databaseUrl, log, ownerUrl, redisUrl, workerConfig } from "../support/environment.ts";
import { buyMugs, createFixture, type Fixture } from "../support/fixture.ts";
import { startTcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const NOWHERE = "127.0.0.1:1";
const environment = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
const owner = openDatabase({ url: ownerUrl, pool: 1, name: "test" });

let stage: Fixture;
let worker: { stop(): Promise<void> };

test.before(async () => {
  stage = await createFixture();
});

test.after(async () => {
  await worker.stop();
  await stage.api.stop();
  await owner.close();
});

function ask(changes: Record<string, string> = {}): Promise<Status> {
  return statusOf(readConfig({ ...environment, ...changes }));
}

/** Every part that is not well, as `problem worker`. */
function troubles({ parts }: Status): string[] {
  return parts.filter(({ state }) => state !== "ok").map(({ state, part }) => `${state} ${part}`);
}

async function partOf(name: Part["part"], changes?: Record<string, string>): Promise<Part> {
  const found = (await ask(changes)).parts.find(({ part }) => part === name);
  if (found === undefined) throw new Error(`there is no part ${name}`);
  return found;
}

/** Runs SQL as the tables' owner, and what takes it back when the test is over. */
async function during(sql: string, undo: string, work: () => Promise<void>): Promise<void> {
  await runSql(owner, sql);
  try {
    await work();
  } finally {
    await runSql(owner, undo);
  }
}

test("before a worker has run, that is what is wrong, and the command exits with 1", async () => {
  assert.equal(troubles(await ask()), ["problem worker"]);
  const { code, stdout } = await runCommand(["status"], { environment });
  assert.is(code, 1);
  assert.match(stdout, /^problem  worker {8}No worker has run on this database yet\..*Start `worker`\./m);
  assert.match(stdout, /\nNot well: worker\.\n$/);
});

test("an event that nobody hands on is told", async () => {
  const order = await buyMugs(stage, 1);
  assert.equal(troubles(await ask()), ["problem worker"]);
  await runSql(owner, "UPDATE orders.outbox SET created_at = created_at - interval '2 minutes' WHERE order_id = $1", [
    order,
  ]);
  const { state, text, figures } = await partOf("outbox");
  assert.is(state, "problem");
  assert.match(text, "1 event waits for a position, the oldest for ");
  assert.is(figures["outbox_waiting"], 1);
});

test("with a worker all is well: exit code 0, a line for each part, the versions, and the same as JSON", async () => {
  worker = await startWorker(workerConfig("status"), { log });
  await until("all is well", async () => (await ask()).well);
  const { code, stdout } = await runCommand(["status"], { environment });
  assert.is(code, 0, stdout);
  const lines = stdout.trimEnd().split("\n");
  assert.is(lines.length, 9 + 2);
  for (const line of lines.slice(0, 9)) assert.match(line, /^ok {7}[a-z]/);
  assert.match(lines[9] ?? "", /^Bodega [\d.]+, Node [\d.]+, PostgreSQL \d+.*, (Redis|Valkey) [\d.]+\.$/);
  assert.is(lines[10], "All is well.");

  const json = await runCommand(["status", "--json"], { environment });
  assert.is(json.code, 0);
  const told: Status = JSON.parse(json.stdout);
  assert.equal(Object.keys(told), ["well", "time", "versions", "parts"]);
  assert.is(told.well, true);
  assert.equal(Object.keys(told.versions), ["bodega", "node", "postgresql", "redis"]);
  assert.equal(
    told.parts.map(({ part }) => part),
    ["database", "replicas", "redis", "worker", "jobs", "outbox", "email", "webhooks", "dead letters"],
  );
  for (const part of told.parts) assert.equal(Object.keys(part), ["part", "state", "text", "action", "figures"]);
});

test("a database that is away is a problem, what it would tell is unknown, and no password is told", async () => {
  const url = new URL(databaseUrl);
  url.host = NOWHERE;
  const { code, stdout } = await runCommand(["status"], { environment: { ...environment, DATABASE_URL: url.href } });
  assert.is(code, 1);
  assert.match(stdout, /^problem  database {6}The database at 127\.0\.0\.1:1\/\S+ does not answer/m);
  assert.match(stdout, /^ok {7}redis/m);
  assert.is(stdout.match(/^unknown /gm)?.length, 7);
  assert.not.ok(stdout.includes(url.password));
  assert.equal((await ask({ DATABASE_URL: url.href })).versions.postgresql, null);
  assert.match((await partOf("database", { DATABASE_URL: "" })).text, "DATABASE_URL is not set.");
});

test("a Redis that is away, or silent, is a problem, and the rest is told", async () => {
  assert.equal(troubles(await ask({ REDIS_URL: `redis://${NOWHERE}` })), ["problem redis"]);
  assert.equal(troubles(await ask({ REDIS_URL: "" })), ["problem redis"]);
  const { hostname, port } = new URL(redisUrl);
  const proxy = await startTcpProxy({ host: hostname, port: Number(port) });
  const proxied = new URL(redisUrl);
  proxied.host = `127.0.0.1:${proxy.port}`;
  assert.equal(troubles(await ask({ REDIS_URL: proxied.href })), []);
  proxy.freeze();
  assert.equal(troubles(await ask({ REDIS_URL: proxied.href })), ["problem redis"]);
  await proxy.close();
});

test("a migration that is pending is told, with the command that runs it", async () => {
  await during(
    `DELETE FROM public."SequelizeMeta" WHERE name = '0001-platform'`,
    `INSERT INTO public."SequelizeMeta" (name) VALUES ('0001-platform')`,
    async () => {
      assert.equal(troubles(await ask()), ["problem database"]);
      assert.is((await partOf("database")).action, "Run: node src/main.ts migrate");
    },
  );
});

test("on a database without tables, that is the problem, and the rest is unknown", async () => {
  const empty = new URL(ownerUrl);
  empty.pathname = "/postgres";
  const found = troubles(await ask({ DATABASE_URL: empty.href }));
  assert.is(found[0], "problem database");
  assert.ok(found.includes("unknown worker"));
});

test("replicas that are away, or follow another server or none, are a problem each", async () => {
  const url = new URL(databaseUrl);
  url.host = NOWHERE;
  const { state, text, figures } = await partOf("replicas", {
    DATABASE_REPLICA_URLS: `${url.href},${databaseUrl}`,
  });
  assert.is(state, "problem");
  assert.match(text, `${NOWHERE} does not answer (`);
  assert.match(text, `${new URL(databaseUrl).host} does not follow this primary`);
  assert.equal([figures["named"], figures["following"]], [2, 0]);
});

test("an e-mail that waits for long, or was given up, is told, and so is a delivery to a webhook", async () => {
  const emails = (sql: string) => `UPDATE email.deliveries SET ${sql}`;
  const back = emails("created_at = now(), sent_at = now(), given_up_at = NULL, last_error = ''");
  await until("the e-mails are sent", async () => (await partOf("email")).text === "Nothing waits.");
  // Nobody has it in hand, nor takes it.
  const waits =
    "sent_at = NULL, created_at = now() - interval '1 hour', next_attempt_at = now() + interval '1 hour', last_error = 'no\nroute'";
  await during(emails(waits), back, async () => {
    const { state, text, figures } = await partOf("email");
    assert.is(state, "problem");
    assert.match(text, /^\d e-mails? waits?, the oldest for 60 min\. The last complaint: no route$/);
    assert.ok((figures["oldest_seconds"] ?? 0) > EMAIL_LATE_SECONDS);
  });
  await during(emails("sent_at = NULL, given_up_at = now()"), back, async () => {
    assert.equal(troubles(await ask()), ["problem dead letters"]);
    assert.match((await partOf("dead letters")).action, "RetryDeadLetters");
  });
  const failed = `INSERT INTO webhooks.deliveries (id, webhook_id, event_type, payload, status, next_attempt_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 'order.confirmed', '{}', 'FAILED', NULL)`;
  await during(failed, "DELETE FROM webhooks.deliveries", async () => {
    assert.equal(troubles(await ask()), ["problem dead letters"]);
    assert.equal((await partOf("dead letters")).figures, { email: 0, webhooks: 1 });
  });
});

test("a job that fails and goes well no more is told, and one that did not come round", async () => {
  const failing = "last_error = 'disk full', last_success = last_success - interval '1 hour'";
  const well = "UPDATE platform.jobs SET last_error = NULL, last_success = last_end";
  await during(`UPDATE platform.jobs SET ${failing} WHERE name = 'carts'`, well, async () => {
    const { state, text } = await partOf("jobs");
    assert.is(state, "problem");
    assert.match(text, '"carts" fails (disk full)');
  });
});

test("a worker that stopped is told, and so are jobs that do not come round", async () => {
  await worker.stop();
  assert.equal(troubles(await ask()), []);
  const age = (sign: string) => `UPDATE platform.jobs SET last_end = last_end ${sign} interval '2 hours'`;
  await during(age("-"), age("+"), async () => {
    assert.equal(troubles(await ask()), ["problem worker", "problem jobs"]);
    assert.match((await partOf("jobs")).text, '"carts" has not come round for 2 h');
  });
  await during(`${age("-")} WHERE name = 'carts'`, `${age("+")} WHERE name = 'carts'`, async () => {
    assert.equal(troubles(await ask()), ["problem jobs"]);
  });
});

test("the page has a row for each part, with its limit", async () => {
  const rows = new Map(tableOf(read("docs/is-all-well.md"), "Part").map(([part = "", when = ""]) => [part, when]));
  assert.equal(
    [...rows.keys()],
    (await ask()).parts.map(({ part }) => `\`${part}\``),
  );
  assert.match(rows.get("`replicas`") ?? "", `${REPLICA_LATE_SECONDS} s`);
  assert.match(rows.get("`worker`") ?? "", `${WORKER_SILENT_SECONDS / 60} minutes`);
  assert.match(rows.get("`jobs`") ?? "", `${JOB_FAILING_SECONDS / 60} minutes`);
  assert.match(rows.get("`outbox`") ?? "", `${EVENT_LATE_SECONDS} s`);
  assert.match(rows.get("`email`") ?? "", `${EMAIL_LATE_SECONDS / 60} minutes`);
});

interface Rule {
  alert: string;
  expr: string;
  for?: string;
}

test("what is late is late by the limits of the alerts", () => {
  const yaml = readFileSync(path.join(ROOT, "docs/prometheus/alerts.yaml"), "utf8");
  const { groups }: { groups: { rules: Rule[] }[] } = parseYaml(yaml);
  const ruleOf = (name: string) => groups.flatMap(({ rules }) => rules).find(({ alert }) => alert === name);
  const above = (name: string) => Number(/> ([\d.]+)$/.exec(ruleOf(name)?.expr ?? "")?.[1]);
  const lasting = (name: string) => Number(/^(\d+)m$/.exec(ruleOf(name)?.for ?? "")?.[1]) * 60;
  assert.is(WORKER_SILENT_SECONDS, lasting("BodegaWorkerDown"));
  assert.is(JOB_FAILING_SECONDS, lasting("BodegaJobFails"));
  assert.is(EVENT_LATE_SECONDS, above("BodegaEventsStuck"));
  assert.is(EMAIL_LATE_SECONDS, above("BodegaMailLate"));
  assert.is(REPLICA_LATE_SECONDS, above("BodegaReplicaOut"));
});

test.run();
