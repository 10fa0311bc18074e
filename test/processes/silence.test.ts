/**
 * Silence is told by the listener's own time: one that gets no CPU itself hears late what was said.
 *
 * Method: the listener's want of CPU is this process's own event loop, which waits.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { whenSilent } from "../../src/processes/silence.ts";

const LIMIT_MS = 500;

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test("silence is told once, when it has lasted", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let told = 0;
  whenSilent(LIMIT_MS, () => {
    told++;
    resolve();
  });
  await promise;
  await sleep(LIMIT_MS);
  assert.is(told, 1);
});

test("who was not there to hear calls nobody silent: what was said meanwhile is heard first", async () => {
  let told = 0;
  const end = whenSilent(LIMIT_MS, () => told++);
  // A timer of its own stands for news that came in the meantime: it was due before the limit, and is told after a look.
  const news = sleep(LIMIT_MS / 2);
  standStill(4 * LIMIT_MS);
  await news;
  end();
  assert.is(told, 0);
});

test("who is heard in time is not called silent", async () => {
  let told = 0;
  whenSilent(LIMIT_MS, () => told++)();
  await sleep(2 * LIMIT_MS);
  assert.is(told, 0);
});

test.run();
