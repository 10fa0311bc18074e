/**
 * PostgreSQL away, restarted, failed over, silent or slow: callers are told what to do, and it goes on without us when
 * it is back.
 *
 * Method: an embedded PostgreSQL of the file's own with a streaming replica, and an API that reaches it through a proxy
 * that can be made slow, silent, or lead elsewhere. Five seconds are promised; a busy machine gets twice as much.
 */
// time limit: 240 s
import { readFileSync } from "node:fs";
import path from "node:path";
import { ConnectError, createClient } from "@connectrpc/connect";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.ts";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { type Embedded, startEmbedded } from "../../src/development/embedded/start.ts";
import { openDatabase, runSql } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { type Clients, startTestApi, type TestApi } from "../support/api.ts";
import { thrown } from "../support/call.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { tally } from "../support/race.ts";
import { refusalOf } from "../support/refusal.ts";
import { startReplica, type TestReplica } from "../support/replica.ts";
import { isReady } from "../support/served.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { until } from "../support/until.ts";

const SLOW_MS = 2_000;
const WARM_MS = 100;
/** More than the pool has connections. */
const IMPATIENT = 30;
const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "away");

let embedded: Embedded;
let replica: TestReplica;
let proxy: TcpProxy;
let api: TestApi;
let buyer: Clients;
let shop: Shop<"mug">;

test.before(async () => {
  embedded = await startEmbedded({ dataDir, postgres: true, redis: false, log: () => undefined });
  const [url, ownerUrl, adminUrl] = [
    embedded.databaseUrl ?? "",
    embedded.databaseOwnerUrl ?? "",
    embedded.databaseAdminUrl ?? "",
  ];
  await migrate(ownerUrl, url);
  replica = await startReplica({ dataDir, adminUrl });
  proxy = await startTcpProxy({ host: "127.0.0.1", port: Number(new URL(url).port) });
  api = await startTestApi({ DATABASE_URL: proxied(url), DATABASE_OWNER_URL: proxied(ownerUrl), DB_POOL: "3" });
  buyer = api.clients({ token: (await api.signUp("CUSTOMER")).token });
  shop = await shopWith(api, { mug: 1_000 });
});
test.after(async () => {
  await api.stop();
  await proxy.close();
  await replica.stop();
  await embedded.stop();
});

function proxied(url: string): string {
  const through = new URL(url);
  through.port = String(proxy.port);
  return through.href;
}

function order(timeoutMs = 5_000, requestId = newId()) {
  return buyer.order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }), requestId }, { timeoutMs });
}

async function healthIs(status: Status): Promise<boolean> {
  return (await createClient(Health, api.grpc).check({})).status === status;
}

/** Orders until one is placed. @returns how long that took, in ms */
async function placedAgain(): Promise<void> {
  await until("an order is placed", () =>
    order(2_000).then(
      () => true,
      () => false,
    ),
  );
}

function postmaster(): number {
  return Number(readFileSync(path.join(dataDir, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0]);
}

test("while PostgreSQL restarts, callers get UNAVAILABLE with RetryInfo, and are served when it is back", async () => {
  const { order: before } = await order();
  process.kill(postmaster(), "SIGINT");
  const refusals: ConnectError[] = [];
  await until("one call was refused and a later one answered", () =>
    order(2_000).then(
      () => refusals.length > 0,
      (error: ConnectError) => refusals.push(error) === 0,
    ),
  );
  assert.equal(Object.keys(tally(refusals.map(({ code }) => String(code)))), ["14"]);
  for (const refusal of refusals) assert.is(refusal.findDetails(RetryInfoSchema).length, 1);
  assert.is((await buyer.order.getOrder({ id: before?.id ?? "" })).order?.id, before?.id);
});

test("a COMMIT whose answer is lost is told as unknown, and the same request_id tells what became of it", async () => {
  const quantity = await shop.quantity("mug");
  const requestId = newId();
  proxy.cutAfter("COMMIT");
  const refusal = await thrown(order(5_000, requestId));
  assert.ok(refusal instanceof ConnectError && refusal.findDetails(RetryInfoSchema).length === 1, String(refusal));
  const [first, second] = [await order(5_000, requestId), await order(5_000, requestId)];
  assert.is(first.order?.id, second.order?.id);
  assert.is(await shop.quantity("mug"), quantity - 1);
});

test("a PostgreSQL that has gone silent takes no connection with it: health says so, and it goes on when it is back", async () => {
  await Promise.all([order(), order(), order()]);
  proxy.freeze();
  const waiting = Promise.all(Array.from({ length: 10 }, () => refusalOf(order(20_000))));
  await until("health says so", () => healthIs(Status.NOT_SERVING));
  assert.not(await isReady(api.baseUrl));
  for (const { code } of await waiting)
    assert.ok(["Unavailable", "ResourceExhausted", "DeadlineExceeded"].includes(code), code);
  proxy.thaw();
  await placedAgain();
  await until("health says so", () => healthIs(Status.SERVING));
  assert.ok(await isReady(api.baseUrl));
});

test("a slow PostgreSQL: deadlines hold, health says so, and those whose time is over leave the pool to the others", async () => {
  // The test before has cost the pool its connections. A new one needs several answers, for which slowness leaves no
  // time; so all are made before it, by calls that last long enough to need one each.
  proxy.delay(WARM_MS);
  await Promise.all(Array.from({ length: IMPATIENT }, () => buyer.order.listOrders({})));
  // More than health waits for an answer, and much less than what counts as silence.
  proxy.delay(SLOW_MS);
  const impatient = Array.from({ length: IMPATIENT }, () =>
    refusalOf(buyer.order.listOrders({}, { timeoutMs: 1_000 })),
  );
  for (const { code } of await Promise.all(impatient)) assert.is(code, "DeadlineExceeded");
  const patient = buyer.order.listOrders({}, { timeoutMs: 30_000 });
  assert.ok((await patient).orders.length > 0);
  await until("health says so", () => healthIs(Status.NOT_SERVING));
  proxy.delay(0);
  await placedAgain();
  await until("health says so", () => healthIs(Status.SERVING));
});

test("after a failover to a replica it goes on by itself, with every order", async () => {
  const { order: before } = await order();
  const admin = openDatabase({ url: replica.urlLike(embedded.databaseAdminUrl ?? ""), pool: 1, name: "promotes" });
  const ours = openDatabase({ url: replica.urlLike(embedded.databaseOwnerUrl ?? ""), pool: 1, name: "looks" });
  await until(
    "the replica has the order",
    async () => (await runSql(ours, "SELECT FROM orders.orders WHERE id = $1", [before?.id])).length === 1,
  );
  proxy.leadTo({ host: "127.0.0.1", port: replica.port });
  proxy.cut();
  const refusal = await thrown(order());
  assert.ok(refusal instanceof ConnectError && refusal.findDetails(RetryInfoSchema).length === 1, String(refusal));
  await runSql(admin, "SELECT pg_promote()");
  await placedAgain();
  assert.is((await buyer.order.getOrder({ id: before?.id ?? "" })).order?.id, before?.id);
  assert.equal(await brokenInvariants(ours, shop), []);
  await Promise.all([admin.close(), ours.close()]);
});

test.run();
