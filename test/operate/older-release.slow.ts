/**
 * The release before, its API and its worker, runs on the schema of this one, so that a rolling restart has no gap and
 * a way back.
 *
 * Method: the code of the newest tag, or without one of what was on `main` before, is taken out of git and run on a
 * database that this code has migrated; today's clients then do with it what shops do. A clone without any history has
 * nothing older than itself, and tries that.
 */
// time limit: 120 s
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { createConnectTransport } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderStatus } from "../../gen/bodega/order/v1/order_pb.ts";
import { rollUp } from "../../src/domains/analytics/daily-rollup.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { jobRuns } from "../../src/platform/jobs/scheduler.ts";
import { startTestApi } from "../support/api.ts";
import { git, repository } from "../support/buf.ts";
import { workerConfig } from "../support/environment.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { arrived } from "../support/mail-shop.ts";
import { startRunning } from "../support/running.ts";
import { serve } from "../support/served.ts";
import { shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";

/** What every release so far has scheduled: six purges, the days of sales, the low stock. */
const JOBS = 8;

/** A commit whose code could serve: the first of these that has any. */
async function before(): Promise<string> {
  const tag = await git(["describe", "--tags", "--abbrev=0", "--match", "v*"]);
  for (const revision of [...(tag.passed ? [tag.output.trim()] : []), "HEAD~1", "HEAD"]) {
    if ((await git(["cat-file", "-e", `${revision}:src/api/api.ts`])).passed) return revision;
  }
  throw new Error("git knows no commit with a server");
}

/** Its code in a folder of its own, with the packages of this checkout. @returns its main program */
async function takenOut(revision: string): Promise<string> {
  const folder = path.join(process.env["TEST_DATA_DIR"] ?? "", "before");
  const main = path.join(folder, "src/main.ts");
  if (existsSync(main)) return main;
  await mkdir(folder);
  const archive = execFileSync("git", ["archive", revision, "src", "gen", "package.json"], {
    cwd: repository,
    maxBuffer: 2 ** 28,
  });
  execFileSync("tar", ["--extract"], { cwd: folder, input: archive });
  await symlink(path.join(repository, "node_modules"), path.join(folder, "node_modules"));
  return main;
}

test("the release before is ready on today's schema, and serves a shop", async () => {
  const today = await startTestApi();
  const { token } = await today.signUp("CUSTOMER");
  const shop = await shopWith(today, { mug: 10 });
  const older = await serve({ WORKERS: "1" }, await takenOut(await before()));
  const transport = createConnectTransport({ baseUrl: older.baseUrl, httpVersion: "1.1" });
  const clients = today.clients({ token, transport });

  const request = { storeId: shop.storeId, items: shop.items({ mug: 3 }), requestId: newId() };
  const { order } = await clients.order.placeOrder(request);
  const id = order?.id ?? "";
  assert.is((await today.clients({ token }).order.placeOrder(request)).order?.id, id, "the same request_id on both");
  assert.is((await clients.order.getOrder({ id })).order?.status, OrderStatus.CONFIRMED);
  await clients.order.cancelOrder({ id });
  assert.equal(
    (await clients.order.listOrders({})).orders.map(({ status }) => status),
    [OrderStatus.CANCELLED],
  );
  await clients.cart.addCartItem({ productId: shop.products.mug, quantity: 2, requestId: newId() });
  await clients.cart.checkoutCart({ storeId: shop.storeId, requestId: newId() });
  assert.is((await clients.catalog.searchProducts({ query: "mug", storeId: shop.storeId })).results[0]?.quantity, 8);
  assert.is(await shop.quantity("mug"), 8);
  assert.equal(await brokenInvariants(today.database, shop), []);
  const admin = await today.signUp("ADMIN");
  const period = { storeId: shop.storeId, endTime: timestampFromMs(Date.now()) };
  const olderAdmin = today.clients({ token: admin.token, transport });
  for (const summing of [false, true]) {
    // By today's worker, which takes away what an older one has summed up.
    if (summing) await rollUp(today.database);
    const told = await today.clients({ token: admin.token }).analytics.getSalesSummary(period);
    assert.equal([told.confirmed, await olderAdmin.analytics.getSalesSummary(period)], [1, told]);
  }

  older.signal("SIGTERM");
  assert.is(await older.ended, 0);
  await today.stop();
});

test("the worker of the release before works on today's schema: it hands on events, writes e-mails, ends holds and runs its jobs", async () => {
  const today = await startTestApi();
  const customer = await today.signUp("CUSTOMER");
  const shop = await shopWith(today, { mug: 10 });
  const { order } = today.clients({ token: customer.token });
  const mailDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "older-worker");
  const older = startRunning(
    "worker",
    { DATA_DIR: mailDir, LOG_LEVEL: "debug" },
    { main: await takenOut(await before()) },
  );
  await older.line("the worker has started");

  const { order: placed } = await order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 3 }) });
  const { order: held } = await order.placeOrder({
    storeId: shop.storeId,
    items: shop.items({ mug: 2 }),
    hold: { seconds: 1n },
  });
  const config = { ...workerConfig("older-worker"), dataDir: mailDir };
  assert.match(await arrived(config, { id: placed?.id ?? "" }), new RegExp(customer.email));
  await until(
    "the hold has ended",
    async () => (await order.getOrder({ id: held?.id })).order?.status === OrderStatus.CANCELLED,
  );
  assert.is(await shop.quantity("mug"), 7);
  await until(
    "its jobs have run",
    async () => (await jobRuns(today.database)).filter(({ lastSuccess }) => lastSuccess !== null).length >= JOBS,
  );
  assert.equal(
    (await jobRuns(today.database)).filter(({ lastError }) => lastError !== null),
    [],
  );
  assert.equal(await brokenInvariants(today.database, shop), []);

  assert.is(await older.stop(), 0);
  await today.stop();
});

test.run();
