/**
 * No event is lost and none overtakes another of its order, whatever dies or is away.
 *
 * Method: customers order over the API and an admin ships and delivers, all the time; two workers, as an operator
 * starts them, hand the events on and send the e-mails to a mail server of the test. Workers are killed one after the
 * other, each with the relay in it and e-mails in its hands: KILLS of them, 6 unless told. In the second test Redis is
 * away while a backlog grows that would take it an hour in a quiet shop.
 */
// time limit: 550 s
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startRedis } from "../../src/development/embedded/redis.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { databaseUrl, dataDir, redisUrl } from "../support/environment.ts";
import { type MailServer, mailServer } from "../support/mail-server.ts";
import { seed } from "../support/seed.ts";
import { type Shop, shopWith } from "../support/shop.ts";

const KILLS = Number(process.env["KILLS"] ?? 6);
const BUYERS = 4;
const BACKLOG_ORDERS = 1_000;
/** One e-mail each, and numbers from 1 in this order. */
const LIFE = ["confirmed", "shipped", "delivered"];
const PATIENCE_MS = 240_000;
const MAIN = path.join(import.meta.dirname, "../../src/main.ts");

type Life = () => Promise<string>;

/** One order after the other through its life; both sign in once. */
async function liver(api: TestApi, shop: Shop<"mug">): Promise<Life> {
  const [customer, admin] = [await api.signUp("CUSTOMER"), await api.signUp("ADMIN")];
  const buyer = api.clients({ token: customer.token }).order;
  const staff = api.clients({ token: admin.token }).order;
  return async () => {
    const { order } = await buyer.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    const id = order?.id ?? "";
    await staff.shipOrder({ id });
    await staff.deliverOrder({ id });
    return id;
  };
}

function startWorkerProcess(smtpUrl: string, redis: string): ChildProcess {
  const variables = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redis,
    DATA_DIR: dataDir,
    SMTP_URL: smtpUrl,
    OPS_PORT: "0",
    LOG_LEVEL: "silent",
  };
  return spawn(process.execPath, [MAIN, "worker"], { env: { ...process.env, ...variables }, stdio: "ignore" });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

/** Every event has its position, every e-mail is noted as sent. */
async function untilSettled(api: TestApi): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(200)) {
    const [open] = await runSql<{ count: number }>(
      api.database,
      `SELECT (SELECT count(*) FROM email.deliveries WHERE sent_at IS NULL)
            + (SELECT count(*) FROM orders.outbox WHERE position IS NULL OR position > (
                SELECT position FROM orders.relay_cursor WHERE name = 'email')) AS count`,
    );
    if (Number(open?.count) === 0) return;
  }
  throw new Error("e-mails are still due");
}

/** For each order, the numbers of its e-mails in the order of their arrival, the first of each only; and the repeats. */
function arrivals({ messages }: MailServer): { byOrder: Map<string, number[]>; repeats: number } {
  const byOrder = new Map<string, number[]>();
  let repeats = 0;
  for (const message of messages) {
    const [, orderId = "", sequence = ""] = /^Message-ID: <order-(.{36})-(\d+)@/m.exec(message) ?? [];
    const numbers = byOrder.get(orderId) ?? [];
    if (numbers.includes(Number(sequence))) repeats++;
    else byOrder.set(orderId, [...numbers, Number(sequence)]);
  }
  return { byOrder, repeats };
}

function requireAllInOrder(server: MailServer, orderIds: string[]): void {
  const { byOrder } = arrivals(server);
  const whole = LIFE.map((_, index) => index + 1).join();
  const wrong = orderIds
    .map((id) => `${id}: ${byOrder.get(id)?.join() ?? "none"}`)
    .filter((line) => !line.endsWith(`: ${whole}`));
  assert.equal(wrong, []);
}

/** Positions are given without gaps, and rise with each order's own numbers. */
async function requirePositionsInOrder(api: TestApi): Promise<void> {
  const [found] = await runSql<{ gaps: string; swapped: string }>(
    api.database,
    `SELECT max(position) - count(*) AS gaps,
            count(*) FILTER (WHERE position < before) AS swapped
     FROM (SELECT position, lag(position) OVER (PARTITION BY store_id, order_id ORDER BY sequence) AS before FROM orders.outbox) e`,
  );
  assert.equal(found, { gaps: "0", swapped: "0" });
}

test(`${KILLS} workers are killed under load: every e-mail arrives, in its order's own order`, async () => {
  const api = await startTestApi();
  const shop = await shopWith(api, { mug: 1_000_000 });
  const server = await mailServer(() => "250 2.0.0 taken");
  const stop = new AbortController();
  const chance = seededRandom(seed);
  const lives = await Promise.all(Array.from({ length: BUYERS }, () => liver(api, shop)));
  const workers = [startWorkerProcess(server.url, redisUrl), startWorkerProcess(server.url, redisUrl)];
  const buying = lives.map(async (live) => {
    const ids: string[] = [];
    for (; !stop.signal.aborted; await sleep(100)) ids.push(await live());
    return ids;
  });
  for (let kill = 0; kill < KILLS; kill++) {
    // Long enough to begin working, and not always to be idle.
    await sleep(1_500 + chance.upTo(1_500));
    const victim = workers.shift();
    if (victim === undefined) throw new Error("no worker is left");
    await end(victim, "SIGKILL");
    workers.push(startWorkerProcess(server.url, redisUrl));
  }
  stop.abort();
  const orderIds = (await Promise.all(buying)).flat();
  await untilSettled(api);
  await Promise.all(workers.map((worker) => end(worker, "SIGTERM")));
  await server.close();
  const { repeats } = arrivals(server);
  console.error(`${KILLS} kills, ${orderIds.length * LIFE.length} events, ${repeats} e-mails twice`);
  requireAllInOrder(server, orderIds);
  await requirePositionsInOrder(api);
  await api.stop();
});

test("Redis is away for long: orders go on, their events wait, and all arrive in their order when it is back", async () => {
  const folder = path.join(dataDir, "redis-away");
  const first = await startRedis({ dataDir: folder, log: () => undefined });
  const api = await startTestApi({ REDIS_URL: first.url });
  const shop = await shopWith(api, { mug: 1_000_000 });
  const server = await mailServer(() => "250 2.0.0 taken");
  const worker = startWorkerProcess(server.url, first.url);
  const lives = await Promise.all(Array.from({ length: BUYERS }, () => liver(api, shop)));
  const before = await (lives[0] ?? (() => Promise.reject(new Error("nobody buys"))))();
  await untilSettled(api);
  await first.stop();
  const during = await Promise.all(
    lives.map(async (live) => {
      const ids: string[] = [];
      while (ids.length < BACKLOG_ORDERS / BUYERS) ids.push(await live());
      return ids;
    }),
  );
  assert.is(server.messages.length, LIFE.length);
  const second = await startRedis({ dataDir: folder, log: () => undefined, url: first.url });
  await untilSettled(api);
  await end(worker, "SIGTERM");
  await server.close();
  requireAllInOrder(server, [before, ...during.flat()]);
  assert.is(arrivals(server).repeats, 0);
  await api.stop();
  await second.stop();
});

test.run();
