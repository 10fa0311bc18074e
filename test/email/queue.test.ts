/**
 * What bites in bee-queue, and does not bite us. Stalled jobs are in killed-worker.slow.ts: their return takes time.
 *
 * Method: the queue on a Redis of the test's own, which is stopped, paused, emptied of its scripts and started again.
 */
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createClient } from "redis";
import type { DueEmail, EmailJob } from "../../src/domains/notification/email/deliveries.ts";
import { type EmailQueue, openEmailQueue } from "../../src/domains/notification/email/queue/queue.ts";
import { type EmbeddedRedis, startRedis } from "../../src/development/embedded/redis.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { thrown } from "../support/call.ts";
import { dataDir, log } from "../support/environment.ts";
import { until } from "../support/until.ts";

const GRACE_MS = 1_000;

let redis: EmbeddedRedis;

test.before(async () => {
  redis = await start();
});
test.after(() => redis.stop());

function start(url?: string): Promise<EmbeddedRedis> {
  return startRedis({ dataDir: path.join(dataDir, "queue"), log: () => undefined, url });
}

function open(handle: (job: EmailJob) => Promise<void>): EmailQueue {
  return openEmailQueue({ url: redis.url, prefix: newId(), handle, concurrency: 2, log });
}

function due(id: string, attempts = 0): DueEmail {
  return { id, attempts };
}

/** Hands over until the queue takes it, as the dispatch does. */
async function insist(queue: EmailQueue, job: DueEmail): Promise<void> {
  await until("the queue takes it", () =>
    queue.add([job]).then(
      () => true,
      () => false,
    ),
  );
}

test("when Redis has lost its scripts and kept the connection, a hand-over fails once, and the next ones go through", async () => {
  const ran: string[] = [];
  const queue = open(async ({ id }) => void ran.push(id));
  await insist(queue, due("before"));
  await until("the first job", () => ran.length === 1);
  const client = await createClient({ url: redis.url }).connect();
  await client.scriptFlush();
  client.destroy();
  assert.match(String(await thrown(queue.add([due("during")]))), "NOSCRIPT");
  await insist(queue, due("after"));
  await until("the job", () => ran.includes("after"));
  await queue.close(GRACE_MS);
});

test("a queue that is opened while Redis is away takes jobs when it comes", async () => {
  const { url } = redis;
  await redis.stop();
  const ran: string[] = [];
  const queue = open(async ({ id }) => void ran.push(id));
  assert.match(String(await thrown(queue.add([due("early")]))), "Redis is away");
  redis = await start(url);
  await insist(queue, due("late"));
  await until("the job", () => ran.length === 1);
  assert.equal(ran, ["late"]);
  await queue.close(GRACE_MS);
});

test("a hand-over to a Redis that is gone, or that no longer answers, fails instead of hanging", async () => {
  const queue = open(async () => undefined);
  await insist(queue, due("before"));
  process.kill(redis.pid, "SIGSTOP");
  const silent = await thrown(queue.add([due("silent")]));
  process.kill(redis.pid, "SIGCONT");
  assert.match(String(silent), "no answer within");
  await insist(queue, due("again"));
  const { url } = redis;
  process.kill(redis.pid, "SIGKILL");
  await redis.exited;
  await thrown(queue.add([due("gone")]));
  redis = await start(url);
  await insist(queue, due("back"));
  await queue.close(GRACE_MS);
});

test("a job that fails is over, and its next attempt is another job: PostgreSQL says when", async () => {
  let runs = 0;
  const other: string[] = [];
  const queue = open(async ({ id }) => {
    if (id !== "poison") return void other.push(id);
    runs++;
    throw new Error("out of order");
  });
  await insist(queue, due("poison"));
  await until("its run", () => runs === 1);
  await insist(queue, due("healthy"));
  await until("another job", () => other.length === 1);
  assert.is(runs, 1);
  await insist(queue, due("poison", 1));
  await until("its next run", () => runs === 2);
  await queue.close(GRACE_MS);
});

test("there is room for a bounded number of jobs, and none while Redis is away", async () => {
  const mayEnd = Promise.withResolvers<void>();
  const queue = open(() => mayEnd.promise);
  await until("it is connected", async () => (await queue.room()) > 0);
  const room = await queue.room();
  await queue.add(Array.from({ length: 500 }, (_, n) => due(`job ${n}`)));
  assert.is(await queue.room(), room - 500);
  const { url } = redis;
  await redis.stop();
  await until("its loss is seen", async () => (await queue.room()) === 0);
  mayEnd.resolve();
  await queue.close(GRACE_MS);
  redis = await start(url);
});

test("a job that waits is not doubled by its id, and one that is over is: so PostgreSQL says what was sent", async () => {
  const ran: string[] = [];
  const mayEnd = Promise.withResolvers<void>();
  const queue = open(async ({ id }) => {
    ran.push(id);
    await mayEnd.promise;
  });
  await insist(queue, due("same"));
  await until("the first run", () => ran.length === 1);
  await queue.add([due("same"), due("same")]);
  await queue.add([due("other")]);
  await until("the other", () => ran.includes("other"));
  assert.equal(ran, ["same", "other"]);
  mayEnd.resolve();
  await until("the second run", async () => {
    await queue.add([due("same")]);
    return ran.filter((id) => id === "same").length >= 2;
  });
  await queue.close(GRACE_MS);
});

test.run();
