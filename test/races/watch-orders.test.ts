/**
 * Watchers who are cut at random places miss nothing, get nothing twice, and everything in order.
 *
 * Method: customers change orders by two API processes while watchers are cut and resume, on either of them and by any
 * protocol; what they were told together must be what the outbox says. Random by a seed: SEED repeats a run.
 */
// time limit: 120 s
import { setTimeout as sleep } from "node:timers/promises";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { type EmbeddedRedis, startRedis } from "../../src/development/embedded/redis.ts";
import { runSql } from "../../src/platform/database/database.ts";
import { EVENTS_POSITIONED, EVENTS_WRITTEN, onWakeUp, wakeUpBy } from "../../src/platform/redis/wake-up-channel.ts";
import { openRedis, type Redis } from "../../src/platform/redis/redis.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { startRelay } from "../../src/outbox/relay.ts";
import { type Clients, startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { log } from "../support/environment.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { lineOf, outboxLines, watch } from "../support/watching.ts";

const SEED = Number(process.env["SEED"] ?? 20_261_121);
const ORDERS = 60;
const WRITERS = 4;
/** Redis is hardly missed: nothing here may depend on the second that a relay sleeps when it is idle. */
const POLL_MS = 100;

let redis: EmbeddedRedis;
let apis: TestApi[];
let waking: Redis;
let stopRelay: () => Promise<void>;

test.before(async () => {
  redis = await startRedis({ dataDir: process.env["TEST_DATA_DIR"] ?? "", log: () => undefined });
  const start = () =>
    startTestApi({ REDIS_URL: redis.url }, { watchLimits: { pollMs: POLL_MS, heartbeatMs: 200, maxStreams: 1_000 } });
  apis = [await start(), await start()];
  waking = await openRedis(redis.url, log, "wake-ups");
  const positioned = wakeUpBy(waking, EVENTS_POSITIONED);
  const relay = startRelay({
    database: first().database,
    consumers: [],
    log,
    pollMs: POLL_MS,
    onPositions: (newest) => positioned(String(newest)),
  });
  const wakeUps = await onWakeUp({ url: redis.url, channel: EVENTS_WRITTEN, log }, relay.wake);
  stopRelay = async () => void (await Promise.all([wakeUps.stop(), relay.stop()]));
});
test.after(async () => {
  await Promise.all([stopRelay(), ...apis.map((api) => api.stop())]);
  if (waking.isOpen) waking.destroy();
  await redis.stop();
});

function first(): TestApi {
  const [api] = apis;
  if (api === undefined) throw new Error("there is no API");
  return api;
}

/** Every way into every process. */
function doors(token: string): Clients["order"][] {
  const transports = apis.flatMap(({ connect, grpc, baseUrl }): Transport[] => [
    connect,
    grpc,
    createConnectTransport({ baseUrl, httpVersion: "1.1", useBinaryFormat: true }),
    createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  ]);
  return transports.map((transport) => createClient(OrderService, withToken(transport, token)));
}

/** Places orders and takes random steps with them, until all have been placed. */
async function write(
  shop: Shop<"mug">,
  { customer, office }: { customer: Clients["order"][]; office: Clients["order"][] },
  seed: number,
): Promise<void> {
  const chance = seededRandom(seed);
  const pick = (clients: Clients["order"][]) => clients[chance.upTo(clients.length)] ?? first().clients().order;
  for (let placed = 0; placed < ORDERS / WRITERS; placed++) {
    const hold = chance.happens(0.5) ? { hold: { seconds: 600n } } : {};
    const { order } = await pick(customer).placeOrder({
      storeId: shop.storeId,
      items: shop.items({ mug: 1 }),
      ...hold,
    });
    const id = order?.id ?? "";
    if (chance.happens(0.3)) await pick(customer).cancelOrder({ id });
    else if ("hold" in hold) await pick(customer).confirmOrder({ id });
    else if (chance.happens(0.5)) await pick(office).shipOrder({ id });
  }
}

/** Watches from the token on, is cut again and again, and goes on elsewhere, until that many changes were told. */
async function watchCut(
  clients: Clients["order"][],
  { token, seed, enough }: { token: string; seed: number; enough: () => Promise<number | undefined> },
): Promise<string[]> {
  const chance = seededRandom(seed);
  const told: string[] = [];
  for (let resumeToken = token; ;) {
    const watcher = watch(clients[chance.upTo(clients.length)] ?? first().clients().order, { resumeToken });
    await Promise.race([sleep(chance.upTo(120)), watcher.ended]);
    const all = await enough();
    await watcher.leave();
    told.push(...watcher.events.map(lineOf));
    resumeToken = watcher.token;
    if (all !== undefined && told.length >= all) return told;
  }
}

async function beginning(client: Clients["order"]): Promise<string> {
  const watcher = watch(client);
  await watcher.begun();
  await watcher.leave();
  return watcher.token;
}

/** Writers and cut watchers of one customer at once; what each of the watchers was told must be the outbox. */
async function race(customer: TestUser, shop: Shop<"mug">, meanwhile: () => Promise<void>): Promise<void> {
  const admin = await first().signUp("ADMIN");
  const clients = doors(customer.token);
  const token = await beginning(first().clients({ token: customer.token }).order);
  let isWritten = false;
  const enough = async () => (isWritten ? (await outboxLines(first().database, shop.storeId)).length : undefined);
  const watchers = [1, 2, 3].map((number) => watchCut(clients, { token, seed: SEED + number, enough }));
  const writers = Array.from({ length: WRITERS }, (_, index) =>
    write(shop, { customer: clients, office: doors(admin.token) }, SEED - index),
  );
  await Promise.all([meanwhile(), ...writers]);
  isWritten = true;
  for (const told of await Promise.all(watchers))
    assert.equal(told, await outboxLines(first().database, shop.storeId), `SEED=${SEED}`);
}

test("watchers who are cut and resume are told every change once and in order, whichever process they come to", async () => {
  const shop = await shopWith(first(), { mug: 10_000 });
  await race(await first().signUp("CUSTOMER"), shop, async () => undefined);
});

test("Redis that goes and comes back makes it slower and not wrong", async () => {
  const shop = await shopWith(first(), { mug: 10_000 });
  await race(await first().signUp("CUSTOMER"), shop, async () => {
    await redis.stop();
    await sleep(1_000);
    redis = await startRedis({ dataDir: process.env["TEST_DATA_DIR"] ?? "", url: redis.url, log: () => undefined });
  });
});

/** What readers do who follow the time at which rows were written, or an id that was taken then. */
async function followTimes(
  database: Sequelize,
  storeId: string,
  after: string,
): Promise<{ orders: string[]; newest: string }> {
  const rows = await runSql<{ order_id: string; written: string }>(
    database,
    "SELECT order_id, created_at::text AS written FROM orders.outbox WHERE store_id = $1 AND created_at > $2::timestamptz ORDER BY created_at",
    [storeId, after],
  );
  return { orders: rows.map(({ order_id }) => order_id), newest: rows.at(-1)?.written ?? after };
}

test("an event that was written early and committed late is told, where a reader who follows times would miss it", async () => {
  const { database } = first();
  const shop = await shopWith(first(), { mug: 10 });
  const customer = await first().signUp("CUSTOMER");
  const client = first().clients({ token: customer.token }).order;
  const watcher = watch(client);
  await watcher.begun();
  const late = newId();
  const slow = await database.transaction();
  await insertOrder(database, { storeId: shop.storeId, id: late, userId: customer.id }, slow);
  const { order } = await client.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  assert.equal(
    (await watcher.until(1)).map(({ order: one }) => one?.id),
    [order?.id],
  );
  const naive = await followTimes(database, shop.storeId, "-infinity");
  await slow.commit();
  assert.equal(
    (await watcher.until(2)).map(({ order: one }) => one?.id),
    [order?.id, late],
  );
  assert.equal([naive.orders, (await followTimes(database, shop.storeId, naive.newest)).orders], [[order?.id], []]);
  await watcher.leave();
});

async function insertOrder(
  database: Sequelize,
  { storeId, id, userId }: { storeId: string; id: string; userId: string },
  transaction: Awaited<ReturnType<Sequelize["transaction"]>>,
): Promise<void> {
  const bind = [storeId, id, userId];
  await database.query(
    `INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, total, total_items) VALUES ($1, $2, $3, $3, 'CONFIRMED', 0, 0, 0)`,
    { bind, transaction },
  );
  await database.query(
    "INSERT INTO orders.outbox (store_id, order_id, sequence, type) VALUES ($1, $2, 1, 'ORDER_CONFIRMED')",
    { bind: bind.slice(0, 2), transaction },
  );
}

test.run();
