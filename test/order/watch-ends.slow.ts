/**
 * How streams of WatchOrders end: with the sign-in, by their life, by too many of them, by a reader who does not read.
 *
 * Method: an API with small limits; time passes in the product alone, tests wait for what it brings.
 */
// time limit: 120 s
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import jwt from "jsonwebtoken";
import { createClient as createRedisClient } from "redis";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Role } from "../../gen/bodega/identity/v1/user_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { startRedis } from "../../src/development/embedded/redis.ts";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { type Clients, startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { dataDir } from "../support/environment.ts";
import { reasonOf } from "../support/refusal.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { eventually, until } from "../support/until.ts";
import { lineOf, outboxLines, positioning, type Watching, watch } from "../support/watching.ts";
import { startTransports } from "../support/transports.ts";

/** Watchers at once; the test of the limit sets its own. */
const CROWD = 250;
/** Orders at once: fewer than may wait for one watcher. */
const AT_ONCE = 40;
/** Changes that fill the windows of HTTP/2 (64 KiB each), what the libraries keep, and the fifty that may wait. */
const OVERFLOWING = 1_000;
/** Of an order whose change is some 10 KiB; a hundred and twenty of them fill the same. */
const LINES = 50;
const LARGE_ORDERS = 3 * AT_ONCE;
/** A thousand that were kept would have some 10 MiB; what the engine compiles and caches meanwhile has been 2. */
const MAX_KEPT_BYTES = 5 * 1024 * 1024;

let api: TestApi;
let relay: { stop(): Promise<void> };
let admin: TestUser;
let office: Clients["order"];
let shop: Shop<"mug">;

test.before(async () => {
  api = await startTestApi(
    {},
    {
      watchLimits: { pollMs: 20, heartbeatMs: 60_000, maxStreams: 10 * CROWD, maxWaiting: 50 },
      streamPatienceMs: 600_000,
    },
  );
  relay = positioning(api.database);
  admin = await api.signUp("ADMIN");
  office = api.clients({ token: admin.token }).order;
  shop = await shopWith(api, { mug: 1_000_000 });
});
test.after(async () => {
  await Promise.all([api.stop(), relay.stop()]);
});

/** A stream that is silent: nothing but its end can come. */
async function silent(token: string, transport = api.connect) {
  const watcher = watch(createClient(OrderService, withToken(transport, token)));
  await watcher.begun();
  return watcher;
}

test("a silent stream ends when its access token does", async () => {
  const customer = await api.signUp("CUSTOMER");
  const { kid, privateKey } = (await SigningKeys.open(api.database)).signing;
  const claims = jwt.decode(customer.token, { json: true }) ?? {};
  const token = jwt.sign({ ...claims, exp: Math.floor(Date.now() / 1_000) + 3, jti: "short" }, privateKey, {
    algorithm: "ES256",
    keyid: kid,
  });
  const watchers = await Promise.all([api.connect, api.grpc].map((transport) => silent(token, transport)));
  for (const watcher of watchers) assert.is(await watcher.ended, "INVALID_TOKEN");
});

test("a silent stream ends when its user is disabled, deleted, given another role, or logs out", async () => {
  const { identity } = api.clients({ token: admin.token });
  const [disabled, deleted, promoted] = [
    await api.signUp("CUSTOMER"),
    await api.signUp("CUSTOMER"),
    await api.signUp("CUSTOMER"),
  ];
  const watchers = [await silent(disabled.token), await silent(deleted.token, api.grpc), await silent(promoted.token)];
  const bystander = await silent((await api.signUp("CUSTOMER")).token);
  await identity.updateUser({ user: { id: disabled.id, disabled: true } });
  await identity.deleteUser({ id: deleted.id });
  await identity.updateUser({ user: { id: promoted.id, role: Role.ADMIN } });
  for (const watcher of watchers) assert.is(await watcher.ended, "INVALID_TOKEN");
  await bystander.leave();
  assert.is(await bystander.ended, "left");
});

test("a stream whose life is over ends with UNAVAILABLE, and its token goes on", async () => {
  const shortLived = await startTestApi({}, { watchLimits: { pollMs: 20, maxLifeMs: 300 } });
  const { order } = shortLived.clients({ token: admin.token });
  const first = watch(order, { storeId: shop.storeId });
  assert.is(await first.ended, "UNAVAILABLE");
  const placed = await office.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  const second = watch(order, { storeId: shop.storeId, resumeToken: first.token });
  assert.equal((await second.until(1)).map(lineOf), [`${placed.order?.id} 1 CONFIRMED`]);
  assert.is(await second.ended, "UNAVAILABLE");
  await shortLived.stop();
});

test("a user has at most so many streams, in all processes together; one that ends makes room", async () => {
  const environment = { REDIS_URL: process.env["TEST_REDIS_URL"] ?? "" };
  const options = { watchLimits: { pollMs: 20, maxStreams: 3 } };
  const processes = [await startTestApi(environment, options), await startTestApi(environment, options)];
  const { token } = await api.signUp("CUSTOMER");
  const clients = processes.map((one) => one.clients({ token }).order);
  const open = [0, 1, 0].map((index) => watch(clients[index] ?? office));
  for (const watcher of open) await watcher.begun();
  for (const client of clients) assert.is(await watch(client).ended, "TOO_MANY_STREAMS");
  const neighbour = watch(office);
  await neighbour.begun();
  await open[0]?.leave();
  const successor = await watchWithRoom(clients[1] ?? office);
  await Promise.all([...open, neighbour, successor].map((watcher) => watcher.leave()));
  await Promise.all(processes.map((one) => one.stop()));
});

test("a process that stops gives its streams' places back, also while Redis is slow", async () => {
  const redis = await startRedis({ dataDir: path.join(dataDir, "places"), log: () => undefined });
  const environment = { REDIS_URL: redis.url };
  const options = { watchLimits: { pollMs: 20, maxStreams: 3 } };
  const [leaving, staying] = [await startTestApi(environment, options), await startTestApi(environment, options)];
  const { token } = await api.signUp("CUSTOMER");
  const open = [1, 2, 3].map(() => watch(leaving.clients({ token }).order));
  for (const watcher of open) await watcher.begun();
  assert.is(await watch(staying.clients({ token }).order).ended, "TOO_MANY_STREAMS");
  const admin = await createRedisClient({ url: redis.url }).connect();
  await admin.sendCommand(["CLIENT", "PAUSE", "600000", "WRITE"]);
  const stopped = leaving.stop();
  for (const watcher of open) assert.is(await watcher.ended, "UNAVAILABLE");
  // Longer than a call waits for Redis.
  await sleep(300);
  await admin.sendCommand(["CLIENT", "UNPAUSE"]);
  await stopped;
  const again = [1, 2, 3].map(() => watch(staying.clients({ token }).order));
  for (const watcher of again) await watcher.begun();
  await Promise.all(again.map((watcher) => watcher.leave()));
  admin.destroy();
  await staying.stop();
  await redis.stop();
});

test("a reader who does not read is ended, holds up nobody, and goes on from his last token", async () => {
  const session = new Http2SessionManager(api.baseUrl);
  const h2 = createConnectTransport({ baseUrl: api.baseUrl, httpVersion: "2", sessionManager: session });
  const diligent = watch(office, { storeId: shop.storeId });
  await diligent.begun();
  const before = await outboxLines(api.database, shop.storeId);
  const stalled = [await stalledWatcher(api.grpc), await stalledWatcher(h2)];
  // The diligent one is waited for, or a slow machine would make him late too.
  for (let sent = 0; sent < OVERFLOWING; sent += AT_ONCE) {
    await orders(AT_ONCE);
    await diligent.until(sent + AT_ONCE);
  }
  const all = (await outboxLines(api.database, shop.storeId)).slice(before.length);
  assert.equal(diligent.events.map(lineOf), all);
  for (const { rest } of stalled) {
    const late = await rest();
    assert.is(late.end, "WATCHER_TOO_SLOW");
    assert.ok(late.lines.length < OVERFLOWING);
    const resumed = watch(office, { storeId: shop.storeId, resumeToken: late.token });
    const missed = await resumed.until(OVERFLOWING - late.lines.length);
    assert.equal([...late.lines, ...missed.map(lineOf)], all);
    await resumed.leave();
  }
  await diligent.leave();
  session.abort();
});

test("a client that has the connection and takes nothing is cut off, which makes room, and goes on from its last token", async () => {
  const impatient = await startTestApi({}, { watchLimits: { pollMs: 20, maxStreams: 2 }, streamPatienceMs: 300 });
  const session = new Http2SessionManager(impatient.baseUrl);
  const h2 = createConnectTransport({ baseUrl: impatient.baseUrl, httpVersion: "2", sessionManager: session });
  const large = await shopWith(
    api,
    Object.fromEntries(Array.from({ length: LINES }, (_, index) => [`thing-${index}`, 1_000_000])),
  );
  const stalled = [await stalledWatcher(impatient.grpc, large.storeId), await stalledWatcher(h2, large.storeId)];
  const items = Object.values(large.products).map((productId) => ({ productId, quantity: 1 }));
  for (let sent = 0; sent < LARGE_ORDERS; sent += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, () => office.placeOrder({ storeId: large.storeId, items })));
  }
  const { order } = impatient.clients({ token: admin.token });
  const successors = [await watchWithRoom(order), await watchWithRoom(order)];
  await Promise.all(successors.map((successor) => successor.leave()));
  const all = await outboxLines(api.database, large.storeId);
  for (const { rest } of stalled) {
    const late = await rest();
    assert.not.equal(late.lines, all);
    const resumed = watch(office, { storeId: large.storeId, resumeToken: late.token });
    await resumed.until(all.length - late.lines.length);
    assert.equal([...late.lines, ...resumed.events.map(lineOf)], all);
    await resumed.leave();
  }
  session.abort();
  await impatient.stop();
});

/** Tries until there is room for one more stream. */
async function watchWithRoom(client: Clients["order"]): Promise<Watching> {
  return eventually("room", async () => {
    const watcher = watch(client);
    let ended = false;
    void watcher.ended.then(() => (ended = true));
    await until("an answer", () => ended || watcher.heartbeats > 0);
    return ended ? undefined : watcher;
  });
}

async function orders(count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: count }, () => office.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) })),
  );
}

/** Reads the first message and then nothing, until it is asked for the rest. */
async function stalledWatcher(transport: Transport, storeId = shop.storeId) {
  const client = createClient(OrderService, withToken(transport, admin.token));
  const messages = client.watchOrders({ storeId })[Symbol.asyncIterator]();
  const first = await messages.next();
  return {
    async rest() {
      const lines: string[] = [];
      let token: string = first.value?.message.value?.resumeToken ?? "";
      const end = await reasonOf(
        (async () => {
          for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
            const { message } = next.value;
            if (message.case === "event") lines.push(lineOf(message.value));
            token = message.value?.resumeToken ?? token;
          }
        })(),
      );
      return { lines, token, end };
    },
  };
}

test("a server that stops ends streams with UNAVAILABLE, and their tokens go on elsewhere", async () => {
  const all = await startTransports();
  const streaming = all.ways.filter(({ get }) => get === undefined);
  const watchers = await Promise.all(streaming.map(({ transport }) => silent(admin.token, transport)));
  await orders(1);
  await Promise.all(watchers.map((watcher) => watcher.until(1)));
  await all.stopServers();
  for (const [index, watcher] of watchers.entries())
    assert.is(await watcher.ended, "UNAVAILABLE", streaming[index]?.name);
  const before = await outboxLines(api.database, shop.storeId);
  await orders(1);
  const resumed = watch(office, { resumeToken: watchers[0]?.token ?? "" });
  assert.equal(
    (await resumed.until(1)).map(lineOf),
    (await outboxLines(api.database, shop.storeId)).slice(before.length),
  );
  await resumed.leave();
  all.closeClients();
});

test("a thousand watchers who left leave nothing behind", async () => {
  await crowd();
  const before = bytesInUse();
  for (let round = 0; round < 4; round++) await crowd();
  const keptBytes = bytesInUse() - before;
  assert.ok(keptBytes < MAX_KEPT_BYTES, `keeps ${Math.round(keptBytes / 1024)} KiB`);
});

/** Watchers who come, are told of an order, and leave, by both listeners. */
async function crowd(): Promise<void> {
  // A connection of gRPC's takes a hundred streams.
  const second = grpcTransport(api.grpcAddress, { "grpc.use_local_subchannel_pool": 1 });
  const clients = [api.connect, api.grpc, second].map((transport) =>
    createClient(OrderService, withToken(transport, admin.token)),
  );
  const watchers = Array.from({ length: CROWD }, (_, index) =>
    watch(clients[index % clients.length] ?? office, { storeId: shop.storeId }),
  );
  await Promise.all(watchers.map((watcher) => watcher.begun()));
  await orders(1);
  await Promise.all(watchers.map((watcher) => watcher.until(1)));
  await Promise.all(watchers.map((watcher) => watcher.leave()));
  second.close();
}

/** What is still in use after a collection. */
function bytesInUse(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test.run();
