/**
 * Read replicas: the history and the catalog are read there, every caller sees his own writes, and a replica that is
 * behind, dead, silent or promoted is left out until it is good again.
 *
 * Method: an embedded PostgreSQL of the file's own with two streaming replicas, and two APIs on it, as on two machines:
 * what one of them has taken is read from the other.
 */
// time limit: 240 s
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { type Embedded, startEmbedded } from "../../src/development/embedded/start.ts";
import { statusOf } from "../../src/operations/status/status.ts";
import { readConfig } from "../../src/platform/config/config.ts";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import type { ReplicaState } from "../../src/platform/database/replica-set.ts";
import { StartupError } from "../../src/platform/errors/startup-error.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { startReplica, type TestReplica } from "../support/replica.ts";
import { shopWith } from "../support/shop.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "replicated");
/** Commits are as durable as PostgreSQL's default says; the disk need not be waited for. */
const SETTINGS = { fsync: "off", full_page_writes: "off", shared_buffers: "64MB" };
/** Nobody listens there. */
const NOWHERE = "127.0.0.1:1";
const ROUNDS = 40;

let embedded: Embedded;
let replica: TestReplica;
let other: TestReplica;
let proxy: TcpProxy;
/** Reads from `replica` alone; `there` from `other` through the proxy, and has a replica that was never there. */
let here: TestApi;
let there: TestApi;

test.before(async () => {
  embedded = await startEmbedded({
    dataDir,
    postgres: true,
    redis: false,
    postgresSettings: SETTINGS,
    log: () => undefined,
  });
  const [url, ownerUrl, adminUrl] = [
    embedded.databaseUrl ?? "",
    embedded.databaseOwnerUrl ?? "",
    embedded.databaseAdminUrl ?? "",
  ];
  await migrate(ownerUrl, url);
  replica = await startReplica({ dataDir, adminUrl });
  other = await startReplica({ dataDir, adminUrl });
  proxy = await startTcpProxy({ host: "127.0.0.1", port: other.port });
  const proxied = new URL(url);
  proxied.port = String(proxy.port);
  const nowhere = new URL(url);
  nowhere.host = NOWHERE;
  const common = { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl };
  here = await startTestApi({ ...common, DATABASE_REPLICA_URLS: replica.urlLike(url) });
  there = await startTestApi({ ...common, DATABASE_REPLICA_URLS: `${nowhere.href}, ${proxied.href}` });
});

test.after(async () => {
  await Promise.all([here.stop(), there.stop()]);
  await proxy.close();
  await Promise.all([replica.stop(), other.stop()]);
  await embedded.stop();
});

function stateOf(api: TestApi, name?: string): ReplicaState {
  const found = api.replicas?.states().find((state) => name === undefined || state.name === name);
  if (found === undefined) throw new Error("there is no such replica");
  return found;
}

const readOf = (api: TestApi) => api.replicas?.states().reduce((sum, { reads }) => sum + reads, 0) ?? 0;
const inUse = (api: TestApi) => () => api.replicas?.states().some(({ status }) => status === "in use") ?? false;

test("what a caller has just done on one machine he reads on the other, and replicas answer", async () => {
  await until("both are in use", () => inUse(here)() && inUse(there)());
  const shop = await shopWith(here, { mug: 1_000 });
  const buyer = await here.signUp("CUSTOMER");
  const [placing, reading] = [here.clients(buyer), there.clients(buyer)];
  const before = [readOf(here), readOf(there)] as const;
  for (let round = 1; round <= ROUNDS; round++) {
    const { order } = await placing.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    const id = order?.id ?? "";
    assert.is((await reading.order.getOrder({ id })).order?.status, OrderStatus.CONFIRMED);
    await reading.order.cancelOrder({ id });
    const { orders } = await placing.order.listOrders({ pageSize: 1 });
    assert.equal([orders[0]?.id, orders[0]?.status], [id, OrderStatus.CANCELLED]);
  }
  assert.ok(readOf(here) > before[0] && readOf(there) > before[1], "the replicas were read");
});

test("without the position a replica that is behind does not know what was just committed", async () => {
  await replica.pause();
  const shop = await shopWith(here, { mug: 1 });
  const database = openDatabase({ url: replica.urlLike(here.config.databaseUrl), pool: 1, name: "reads anyhow" });
  const found = await runSql(database, "SELECT FROM inventory.stores WHERE id = $1", [shop.storeId]);
  await Promise.all([replica.resume(), database.close()]);
  assert.equal(found, []);
});

test("while a replica replays nothing own writes are read all the same, and its lag is told", async () => {
  const shop = await shopWith(here, { mug: 10 });
  const [buyer, admin] = [await here.signUp("CUSTOMER"), await here.signUp("ADMIN")];
  const [buying, managing] = [here.clients(buyer), here.clients(admin)];
  await until("the replica is in use", inUse(here));
  await managing.catalog.getProduct({ id: shop.products.mug });
  await replica.pause();
  const { order } = await buying.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 4 }) });
  assert.is((await buying.order.getOrder({ id: order?.id ?? "" })).order?.id, order?.id);
  assert.equal(
    (await buying.order.listOrders({})).orders.map(({ id }) => id),
    [order?.id],
  );
  assert.is((await buying.inventory.listInventory({ storeId: shop.storeId })).items[0]?.quantity, 6);
  assert.is((await managing.inventory.listStockMovements({ storeId: shop.storeId })).movements[0]?.delta, -4);
  await managing.catalog.updateProduct({
    product: { id: shop.products.mug, title: "Renamed mug" },
    updateMask: { paths: ["title"] },
  });
  assert.is((await buying.catalog.getProduct({ id: shop.products.mug })).product?.title, "Renamed mug");
  const found = await buying.catalog.searchProducts({ query: "Renamed", storeId: shop.storeId, inStock: true });
  assert.equal(
    found.results.map(({ quantity }) => quantity),
    [6],
  );
  await until("its lag is seen", () => stateOf(here).lagBytes > 0 && stateOf(here).lagSeconds > 0);
  assert.is(stateOf(here).status, "behind");
  assert.ok((here.replicas?.fallbacks ?? 0) > 0);

  await replica.resume();
  await until("it is used again", inUse(here));
  const before = readOf(here);
  assert.is((await buying.order.getOrder({ id: order?.id ?? "" })).order?.id, order?.id);
  assert.is(readOf(here), before + 1);
  await until("it has caught up", () => stateOf(here).lagSeconds === 0);
});

test("the command that tells whether all is well tells of a replica that follows, and how far one is behind", async () => {
  const config = { ...here.config, databaseReplicaUrls: [replica.urlLike(here.config.databaseUrl)] };
  const told = async () => {
    const part = (await statusOf(config)).parts.find((one) => one.part === "replicas");
    return [part?.state, part?.text, part?.figures["lag_seconds"]];
  };
  await until("it has everything", async () => (await told())[2] === 0);
  assert.equal(await told(), ["ok", "1 replica follows the primary.", 0]);
  await replica.pause();
  await shopWith(here, { mug: 1 });
  const [state, , lagSeconds] = await told();
  await replica.resume();
  assert.is(state, "ok");
  assert.ok(Number(lagSeconds) > 0);
});

test("another machine's kept catalog follows a change that its replica has not replayed", async () => {
  const shop = await shopWith(here, { jug: 1 });
  const admin = here.clients(await here.signUp("ADMIN"));
  const elsewhere = there.clients();
  const title = async () => (await elsewhere.catalog.getProduct({ id: shop.products.jug })).product?.title;
  await until("the replica is in use", inUse(there));
  assert.is(await title(), "jug");
  await other.pause();
  await admin.catalog.updateProduct({
    product: { id: shop.products.jug, title: "pitcher" },
    updateMask: { paths: ["title"] },
  });
  await until("the other machine follows", async () => (await title()) === "pitcher");
  await other.resume();
});

test("a replica that is killed is left out without anybody noticing, and used again when it is back", async () => {
  const shop = await shopWith(here, { mug: 100 });
  const buyer = here.clients(await here.signUp("CUSTOMER"));
  await until("the replica is in use", inUse(here));
  await replica.kill();
  for (let round = 0; round < ROUNDS; round++) {
    const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
    assert.is((await buyer.order.listOrders({ pageSize: 1 })).orders[0]?.id, order?.id);
  }
  assert.is(stateOf(here).status, "away");
  await replica.start();
  await until("it is used again", inUse(here));
  const before = readOf(here);
  await buyer.order.listOrders({});
  assert.is(readOf(here), before + 1);
});

test("a replica that is silent keeps nobody waiting", async () => {
  const shop = await shopWith(there, { mug: 10 });
  const buyer = there.clients(await there.signUp("CUSTOMER"));
  const { order } = await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  await until("the replica is in use", inUse(there));
  proxy.freeze();
  const answers = await Promise.all(Array.from({ length: 5 }, () => buyer.order.getOrder({ id: order?.id ?? "" })));
  assert.equal(new Set(answers.map((answer) => answer.order?.id)), new Set([order?.id]));
  assert.is(stateOf(there, `127.0.0.1:${proxy.port}`).status, "away");
});

test("a replica that nobody ever reached keeps no API from starting", () => {
  assert.equal([stateOf(there, NOWHERE).status, stateOf(there, NOWHERE).reads], ["away", 0]);
});

test("a replica that was made a primary is no longer read: it follows nobody", async () => {
  await until("the replica is in use", inUse(here));
  const admin = openDatabase({ url: replica.urlLike(embedded.databaseAdminUrl ?? ""), pool: 1, name: "promotes" });
  await runSql(admin, "SELECT pg_promote()");
  await admin.close();
  const shop = await shopWith(here, { mug: 1 });
  const buyer = here.clients(await here.signUp("CUSTOMER"));
  await buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) });
  assert.is((await buyer.order.listOrders({})).orders.length, 1);
  await until("it is left out", () => stateOf(here).status === "away");
});

test("a wrong replica URL is told by its number, since it holds a password", () => {
  const read = () => readConfig({ DATABASE_REPLICA_URLS: "postgres://a:secret@one/shop, mysql://a:secret@two/shop" });
  assert.throws(
    read,
    (error: unknown) =>
      error instanceof StartupError &&
      error.message.startsWith("DATABASE_REPLICA_URLS: number 2 ") &&
      !error.message.includes("secret"),
  );
});

test.run();
