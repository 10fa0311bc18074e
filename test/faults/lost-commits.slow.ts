/**
 * A failover that lost commits: what was kept, handed out or noted of the lost history is never taken for the new one.
 *
 * Method: an embedded PostgreSQL with two streaming replicas. One is down while the last commits are made, and is then
 * promoted in the primary's place; the other one has them all, and is further in the log than the new primary. An API
 * lives through it behind a proxy, with a Redis, and reads from that other replica.
 */
// time limit: 180 s
import path from "node:path";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Embedded, startEmbedded } from "../../src/development/embedded/start.ts";
import { runSql, one, openDatabase } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { bytesOf } from "../../src/platform/database/replica.ts";
import { type Clients, startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { redisUrl } from "../support/environment.ts";
import { startReplica, type TestReplica } from "../support/replica.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { eventually, until } from "../support/until.ts";
import { positioning, watch } from "../support/watching.ts";

const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "lost");
const SETTINGS = { fsync: "off", full_page_writes: "off", shared_buffers: "64MB" };
/** Lost changes: more log than all that the new primary writes in this test. */
const LOST_CHANGES = 20_000;
const READS = 30;

let primary: Embedded;
let successor: TestReplica;
let further: TestReplica;
let proxy: TcpProxy;
let api: TestApi;
let relay: { stop(): Promise<void> };
let through: Sequelize;
let customer: TestUser;
let admin: Clients;
let buyer: Clients;
let shop: Shop<"mug">;

test.before(async () => {
  primary = await startEmbedded({
    dataDir,
    postgres: true,
    redis: false,
    postgresSettings: SETTINGS,
    log: () => undefined,
  });
  const [url, ownerUrl, adminUrl] = [
    primary.databaseUrl ?? "",
    primary.databaseOwnerUrl ?? "",
    primary.databaseAdminUrl ?? "",
  ];
  await migrate(ownerUrl, url);
  [successor, further] = [await startReplica({ dataDir, adminUrl }), await startReplica({ dataDir, adminUrl })];
  proxy = await startTcpProxy({ host: "127.0.0.1", port: Number(new URL(url).port) });
  api = await startTestApi(
    {
      DATABASE_URL: proxied(url),
      DATABASE_OWNER_URL: proxied(ownerUrl),
      DATABASE_REPLICA_URLS: further.urlLike(url),
      REDIS_URL: redisUrl,
    },
    { watchLimits: { pollMs: 50, heartbeatMs: 200 } },
  );
  through = openDatabase({ url: proxied(ownerUrl), pool: 4, name: "test" });
  relay = positioning(through);
  customer = await api.signUp("CUSTOMER");
  [admin, buyer] = [api.clients(await api.signUp("ADMIN")), api.clients(customer)];
  shop = await shopWith(api, { mug: 1_000 });
});
test.after(async () => {
  await relay.stop();
  await Promise.all([api.stop(), through.close()]);
  await proxy.close();
  await Promise.all([successor.stop(), further.stop()]);
  await primary.stop();
});

function proxied(url: string): string {
  const led = new URL(url);
  led.port = String(proxy.port);
  return led.href;
}

async function place(): Promise<string> {
  const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  return order?.id ?? "";
}

async function retitle(title: string): Promise<void> {
  await admin.catalog.updateProduct({ product: { id: shop.products.mug, title }, updateMask: { paths: ["title"] } });
}

/** By the way that is kept longest: an anonymous GET, of which the ready bytes are given again. */
async function titleNow(): Promise<string> {
  const query = new URLSearchParams({
    connect: "v1",
    encoding: "json",
    message: JSON.stringify({ id: shop.products.mug }),
  });
  const answer = await fetch(`${api.baseUrl}/bodega.catalog.v1.CatalogService/GetProduct?${query.toString()}`);
  const { product } = (await answer.json()) as { product?: { title: string } };
  return product?.title ?? "away";
}

/** What a superuser does on a server of its own address, past every proxy. */
async function on<T>(url: string, work: (database: Sequelize) => Promise<T>): Promise<T> {
  const database = openDatabase({ url, pool: 1, name: "test" });
  return work(database).finally(() => database.close());
}

async function versionsOf(database: Sequelize): Promise<string[]> {
  return (await runSql<{ value: string }>(database, "SELECT value FROM catalog.versions ORDER BY shard")).map(
    ({ value }) => value,
  );
}

test("nothing of the commits that a failover lost is given, resumed or read afterwards", async () => {
  const [ownerUrl, adminUrl] = [primary.databaseOwnerUrl ?? "", primary.databaseAdminUrl ?? ""];
  await until("the replica is read", () => api.replicas?.states()[0]?.status === "in use");
  await retitle("Kept mug");
  const watchers = [watch(buyer.order), watch(admin.order)];
  for (const watcher of watchers) await watcher.begun();
  const kept = await place();
  for (const watcher of watchers) await watcher.until(1);
  const { written } = await one<{ written: string }>(through, "SELECT pg_current_wal_flush_lsn() AS written");
  await until("the successor has it", () =>
    on(successor.urlLike(ownerUrl), async (database) => {
      const { replayed } = await one<{ replayed: string }>(database, "SELECT pg_last_wal_replay_lsn() AS replayed");
      return bytesOf(replayed) >= bytesOf(written);
    }),
  );

  await successor.kill();
  await retitle("Lost mug");
  for (let read = 0; read < 3; read++) assert.is(await titleNow(), "Lost mug");
  const lostVersions = await versionsOf(through);
  const lost = [await place(), await place()];
  for (const watcher of watchers) await watcher.until(3);
  await runSql(
    through,
    "INSERT INTO platform.requests (caller, rpc, request_id, fingerprint) SELECT 'lost', 'lost', gen_random_uuid(), '' FROM generate_series(1, $1)",
    [LOST_CHANGES],
  );
  await primary.stop();

  await successor.start();
  await on(successor.urlLike(adminUrl), (database) => runSql(database, "SELECT pg_promote()"));
  // As far as by chance: the same numbers, of another history.
  await on(successor.urlLike(ownerUrl), (database) =>
    runSql(database, "UPDATE catalog.versions SET value = ($1::bigint[])[shard + 1]", [lostVersions]),
  );
  proxy.leadTo({ host: "127.0.0.1", port: successor.port });
  proxy.cut();

  // The latter where the failover took so long that nobody could say whether his sign-in still holds.
  for (const watcher of watchers)
    assert.ok(["RESUME_TOKEN_EXPIRED", "UNAVAILABLE"].includes(await watcher.ended), await watcher.ended);
  await until("the catalog is read again", async () => (await titleNow()) === "Kept mug");
  for (let read = 0; read < READS; read++) assert.is(await titleNow(), "Kept mug");

  const [first, second] = [await place(), await place()];
  const { ahead } = await on(further.urlLike(ownerUrl), (database) =>
    one<{ ahead: string }>(database, "SELECT pg_last_wal_replay_lsn() AS ahead"),
  );
  const { now } = await one<{ now: string }>(through, "SELECT pg_current_wal_flush_lsn() AS now");
  assert.ok(bytesOf(ahead) > bytesOf(now), "the other replica is not further than the new primary");
  for (let read = 0; read < READS; read++) {
    const { orders } = await buyer.order.listOrders({});
    assert.equal(
      orders.map(({ id }) => id),
      [second, first, kept],
    );
  }
  assert.is.not(api.replicas?.states()[0]?.status, "in use");
  assert.equal(
    lost.filter((id) => [first, second].includes(id)),
    [],
  );

  await until(
    "their positions",
    async () => (await runSql(through, "SELECT FROM orders.outbox WHERE position IS NULL")).length === 0,
  );
  for (const { token } of watchers) {
    const returning = watch(token === watchers[0]?.token ? buyer.order : admin.order, { resumeToken: token });
    assert.is(await returning.ended, "RESUME_TOKEN_EXPIRED");
  }
});

test("a server that only starts again stands in the same history: streams go on by their tokens", async () => {
  const watcher = watch(buyer.order);
  await watcher.begun();
  await watcher.leave();
  await successor.kill();
  await successor.start();
  const id = await eventually("an order is placed", () => place().catch(() => undefined));
  const again = watch(buyer.order, { resumeToken: watcher.token });
  assert.is((await again.until(1))[0]?.order?.id, id);
  await again.leave();
});

test.run();
