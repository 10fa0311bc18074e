/**
 * Whatever is killed, and with whatever else: the next start works, and what was kept is there.
 *
 * Method: one data folder through all tests; each one adds an order and a job, kills with SIGKILL, starts again and
 * counts. The runner fails the file if any process outlives it.
 */
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { keepOne, kept, kill, query, start, until, untilGone } from "./start.ts";

const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "data");
let count = 0;

async function startAndKeepOne() {
  const running = await start(dataDir);
  await keepOne(running);
  count++;
  assert.equal(await kept(running), { database: count, redis: count });
  return running;
}

async function assertKeptAfterStart(): Promise<void> {
  const running = await start(dataDir);
  assert.equal(await kept(running), { database: count, redis: count });
  await running.stop();
}

test("after an orderly stop nothing runs, and the next start has the data", async () => {
  const running = await startAndKeepOne();
  const { guardian, postgres, redis } = running.pids();
  await running.stop();
  await untilGone(guardian, postgres, redis);
  await assertKeptAfterStart();
});

test("when the main process is killed, both servers stop, and the next start need not wait for that", async () => {
  const running = await startAndKeepOne();
  const { starter, guardian, postgres, redis } = running.pids();
  kill(starter);
  await assertKeptAfterStart();
  await untilGone(guardian, postgres, redis);
});

test("when the guardian is killed, the main process learns it, and the next start stops what it left", async () => {
  const running = await startAndKeepOne();
  const { guardian, postgres, redis } = running.pids();
  kill(guardian);
  assert.is(await running.ended, 3);
  await assertKeptAfterStart();
  await untilGone(postgres, redis);
});

test("when all of it is killed at once, the next start recovers the data", async () => {
  const running = await startAndKeepOne();
  const { starter, guardian, postgres, redis } = running.pids();
  kill(starter, guardian, postgres, redis);
  await assertKeptAfterStart();
});

test("a PostgreSQL and a Redis that are killed come back at the same address with their data", async () => {
  const running = await startAndKeepOne();
  const before = running.pids();
  kill(before.postgres, before.redis);
  await until(
    () =>
      query(running.databaseUrl, "SELECT").then(
        () => true,
        () => false,
      ),
    "PostgreSQL answers again",
  );
  await until(
    () =>
      kept(running).then(
        () => true,
        () => false,
      ),
    "Redis answers again",
  );
  assert.equal(await kept(running), { database: count, redis: count });
  assert.match(running.said(), `PostgreSQL (process ${before.postgres}) ended: SIGKILL. Starting it again.`);
  assert.match(running.said(), `Redis (process ${before.redis}) ended: SIGKILL. Starting it again.`);
  await running.stop();
});

test.run();
