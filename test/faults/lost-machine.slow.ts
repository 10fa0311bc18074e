/**
 * A machine that is lost in the middle of an order takes its locks with it: the others go on selling within seconds.
 *
 * Method: a second API in processes of its own, over a wire that goes dead when it sends what its order writes; then it is
 * killed, and nothing tells PostgreSQL. By the defaults of PostgreSQL and Linux the lock would stay for two hours.
 */
// time limit: 120 s
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { sqlState } from "../../src/platform/errors/database-errors.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { clientsBy, startTestApi, type TestApi, withToken } from "../support/api.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { statusName } from "../support/order-status.ts";
import { type RunningCommand, startRunning } from "../support/running.ts";
import { shopWith } from "../support/shop.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { eventually, until } from "../support/until.ts";

/** Ten seconds of a transaction that stands still, and what a busy machine adds. */
const FREE_WITHIN_MS = 20_000;

let api: TestApi;
let proxy: TcpProxy;
let machine: RunningCommand;

test.before(async () => {
  api = await startTestApi();
  const url = new URL(api.config.databaseUrl);
  proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(proxy.port);
  machine = startRunning("serve", { DATABASE_URL: url.href, WORKERS: "1" });
});
test.after(async () => {
  await Promise.all([api.stop(), proxy.close()]);
});

test("a machine is lost between the lock and the write: the product is sold on by another one within seconds", async () => {
  const shop = await shopWith(api, { mug: 5 });
  const { token } = await api.signUp("CUSTOMER");
  const { grpcPort = 0 } = await machine.line("serving");
  const there = grpcTransport(`127.0.0.1:${grpcPort}`);
  const request = { storeId: shop.storeId, items: shop.items({ mug: 1 }) };
  proxy.freezeBefore("order-write");
  clientsBy(withToken(there, token))
    .order.placeOrder(request)
    .catch(() => undefined);
  await until("the wire is dead", () => proxy.isFrozen());
  for (const pid of new Set(machine.lines.map(({ pid }) => pid))) process.kill(pid, "SIGKILL");
  assert.is(await lockState(), "55P03", "nobody holds the row: the test shows nothing");

  const requestId = newId();
  const placed = async () =>
    api
      .clients({ token })
      .order.placeOrder({ ...request, requestId }, { timeoutMs: 2_000 })
      .catch(() => undefined);
  const { order } = await eventually("an order of the product", placed, FREE_WITHIN_MS);
  assert.is(statusName(order?.status), "CONFIRMED");
  assert.is(await shop.quantity("mug"), 4);
  assert.equal(await brokenInvariants(api.database, shop), []);
  there.close();

  function lockState(): Promise<string> {
    const sql = "SELECT FROM inventory.stock WHERE store_id = $1 FOR UPDATE NOWAIT";
    return runSql(api.database, sql, [shop.storeId]).then(() => "free", sqlState);
  }
});

test.run();
