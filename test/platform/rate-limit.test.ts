/** The limiter over a Redis of its own, which goes away and comes back. */
import { setTimeout as sleep } from "node:timers/promises";
import pino from "pino";
import { createClient } from "redis";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EmbeddedRedis, startRedis } from "../../src/development/embedded/redis.ts";
import { RedisWindow } from "../../src/platform/rate-limit/redis-window.ts";
import { openRedis, type Redis } from "../../src/platform/redis/redis.ts";
import { until } from "../support/until.ts";

const dataDir = process.env["TEST_DATA_DIR"] ?? "";
const silent = pino({ level: "silent" });
const WINDOW = { count: 20, windowMs: 1_500 };

let server: EmbeddedRedis;
let clients: Redis[];
let limiters: RedisWindow[];

test.before(async () => {
  server = await startRedis({ dataDir, log: () => undefined });
  clients = await Promise.all(Array.from({ length: 4 }, () => openRedis(server.url, silent, "limits")));
  limiters = clients.map((client) => new RedisWindow(client));
  await untilReady();
});
test.after(async () => {
  for (const client of clients) client.destroy();
  await server.stop();
});

async function untilReady(): Promise<void> {
  while (clients.some(({ isReady }) => !isReady)) await sleep(10);
}

async function allowedOf(key: string, calls: number): Promise<number> {
  const verdicts = await Promise.all(
    Array.from({ length: calls }, async (_, index) => limiters[index % 4]?.take(key, WINDOW)),
  );
  return verdicts.filter((verdict) => verdict?.allowed === true).length;
}

test("four processes together let twenty through, not eighty", async () => {
  assert.is(await allowedOf("crowd", 100), 20);
});

test("no window holds more than the count while calls come all the time, and none goes unused", async () => {
  const passed: number[] = [];
  const end = performance.now() + 4_000;
  for (let index = 0; performance.now() < end; index++) {
    const verdict = await limiters[index % 4]?.take("steady", WINDOW);
    // An entry of Redis is named by the microsecond at which it was counted.
    const [countedUs, inRedis] = verdict?.entry.split(":") ?? [];
    if (verdict?.allowed === true && inRedis !== undefined) passed.push(Number(countedUs) / 1_000);
    await sleep(5);
  }
  const fullest = Math.max(
    ...passed.map((from) => passed.filter((at) => at >= from && at <= from + WINDOW.windowMs).length),
  );
  assert.is(fullest, 20);
  assert.ok(passed.length >= 41, `${passed.length} passed in 4 s`);
});

test("a call that counts in several windows counts in none of them when one that is binding is full", async () => {
  const ask = (key: string, count: number, binding = true) => ({ key, window: { count, windowMs: 60_000 }, binding });
  const taken = async (asks: ReturnType<typeof ask>[]) =>
    (await limiters[0]?.takeAll(asks))?.map(({ allowed, remaining }) => [allowed, remaining]);
  assert.equal(await taken([ask("wide", 3), ask("narrow", 1)]), [
    [true, 2],
    [true, 0],
  ]);
  assert.equal(await taken([ask("wide", 3), ask("narrow", 1)]), [
    [true, 2],
    [false, 0],
  ]);
  assert.equal(await taken([ask("wide", 3), ask("narrow", 1, false)]), [
    [true, 1],
    [false, 0],
  ]);
  const crowd = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => limiters[index % 4]?.takeAll([ask("a", 10), ask("b", 25)])),
  );
  assert.is(crowd.filter((verdicts) => verdicts?.every(({ allowed }) => allowed) === true).length, 10);
  assert.is((await limiters[0]?.take("b", { count: 25, windowMs: 60_000 }))?.remaining, 14);
});

test("what is given back does not count", async () => {
  const one = { count: 1, windowMs: 1_000 };
  const [limiter] = limiters;
  const taken = await limiter?.take("back", one);
  await limiter?.giveBack("back", taken?.entry ?? "");
  assert.is((await limiter?.take("back", one))?.allowed, true);
  assert.is((await limiter?.take("back", one))?.allowed, false);
});

test("what is given back is free again, also while Redis is too slow for calls to wait for it", async () => {
  const one = { count: 1, windowMs: 60_000 };
  const [, other] = limiters;
  // Of its own: for a second it asks Redis for nothing more.
  const limiter = new RedisWindow(clients[0]);
  const admin = await createClient({ url: server.url }).connect();
  const taken = await limiter.take("held", one);
  await admin.sendCommand(["CLIENT", "PAUSE", "600000", "WRITE"]);
  await limiter.take("too late", one);
  const givenBack = limiter.giveBack("held", taken.entry);
  await admin.sendCommand(["CLIENT", "UNPAUSE"]);
  await givenBack;
  assert.is((await other?.take("held", one))?.allowed, true);
  await admin.flushAll();
  admin.destroy();
});

test("Redis keeps no key longer than its window, and none with a name in it", async () => {
  const admin = await createClient({ url: server.url }).connect();
  try {
    await limiters[0]?.take("somebody@example.com", WINDOW);
    const keys = await admin.keys("*");
    assert.ok(keys.length > 0 && keys.every((key) => /^bodega:limit:[\w-]{22}$/.test(key)), keys.join(" "));
    await sleep(WINDOW.windowMs + 100);
    assert.equal(await admin.keys("*"), []);
  } finally {
    admin.destroy();
  }
});

test("while Redis hangs, calls are answered without it", async () => {
  const admin = await createClient({ url: server.url }).connect();
  // Scripts and writes get no answer until it is told to go on.
  await admin.sendCommand(["CLIENT", "PAUSE", "600000", "WRITE"]);
  for (const remaining of [19, 18]) {
    const verdict = await limiters[0]?.take("hanging", WINDOW);
    assert.equal([verdict?.allowed, verdict?.remaining], [true, remaining]);
  }
  await admin.sendCommand(["CLIENT", "UNPAUSE"]);
  admin.destroy();
});

test("while Redis is away each process counts for itself, and together again when it is back", async () => {
  await server.stop();
  assert.is(await allowedOf("away", 200), 80);
  server = await startRedis({ dataDir, log: () => undefined, url: server.url });
  await untilReady();
  // Those that had waited for an answer in vain look again a second later.
  await until("they count together", async () => (await allowedOf(crypto.randomUUID(), 100)) === 20);
});

test.run();
