/**
 * The metrics: one page on OPS_PORT for all processes of a command, whose sums stay true when a process dies.
 *
 * Method: `serve` with two processes and `worker`, each started as an operator starts it, and scrapes before and after
 * what the test does.
 */
// time limit: 120 s
import { createServer } from "node:net";
import { createConnectTransport } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { runSql } from "../../src/platform/database/database.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { thrown } from "../support/call.ts";
import { runCommand } from "../support/command.ts";
import { redisUrl } from "../support/environment.ts";
import { listening } from "../support/listening.ts";
import { type Scraped, scrape } from "../support/metrics.ts";
import { type RunningCommand, startRunning } from "../support/running.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { eventually, until } from "../support/until.ts";
import { watch } from "../support/watching.ts";

const WORKERS = 2;
const PLACE_ORDER = { service: "bodega.order.v1.OrderService", method: "PlaceOrder" };
/** Connections for the calls: the kernel spreads them over the processes. */
const CALLS = 40;

let api: TestApi;
let customer: TestUser;
let shop: Shop<"mug" | "cup">;
let served: RunningCommand;
let worker: RunningCommand;
let port: number;
let servePort: number;
let workerPort: number;

test.before(async () => {
  api = await startTestApi();
  [customer, shop] = [await api.signUp("CUSTOMER"), await shopWith(api, { mug: 100, cup: 1 })];
  served = startRunning("serve", { WORKERS: String(WORKERS) });
  worker = startRunning("worker");
  port = (await served.line("serving")).port ?? 0;
  servePort = (await served.line("metrics are shown")).opsPort ?? 0;
  workerPort = (await worker.line("metrics are shown")).opsPort ?? 0;
});
test.after(async () => {
  await Promise.all([served.stop(), worker.stop()]);
  await api.stop();
});

/** Each on a connection of its own. */
function client(token = customer.token) {
  const transport = createConnectTransport({
    baseUrl: `http://127.0.0.1:${port}`,
    httpVersion: "1.1",
    nodeOptions: { agent: false },
  });
  return api.clients({ token, transport });
}

function grown(before: Scraped, after: Scraped, name: string, labels: Record<string, string>): number {
  return after.value(name, labels) - (before.value(name, labels) || 0);
}

test("one scrape shows what all API processes of the machine have counted: calls by RPC and code, and their durations", async () => {
  const before = await scrape(servePort);
  await Promise.all(
    Array.from({ length: CALLS }, () =>
      client().order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) }),
    ),
  );
  await thrown(client("").order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) }));
  const after = await scrape(servePort);
  assert.is(after.value("bodega_processes", { kind: "api" }), WORKERS);
  assert.is(grown(before, after, "bodega_rpc_duration_seconds_count", { ...PLACE_ORDER, code: "OK" }), CALLS);
  assert.is(grown(before, after, "bodega_rpc_duration_seconds_count", { ...PLACE_ORDER, code: "Unauthenticated" }), 1);
  assert.is(
    grown(before, after, "bodega_rpc_duration_seconds_bucket", { ...PLACE_ORDER, code: "OK", le: "+Inf" }),
    CALLS,
  );
  assert.ok(grown(before, after, "bodega_rpc_duration_seconds_sum", { ...PLACE_ORDER, code: "OK" }) > 0);
  assert.is(after.value("bodega_rpc_in_flight"), 0);
});

test("an open stream is shown as long as it is open, and then how it ended", async () => {
  const names = { service: "bodega.order.v1.OrderService", method: "WatchOrders" };
  const open = async () => (await scrape(servePort)).value("bodega_rpc_streams_open", names) || 0;
  const watchers = [watch(client().order), watch(client().order)];
  for (const watcher of watchers) await watcher.begun();
  assert.is(await open(), 2);
  for (const watcher of watchers) await watcher.leave();
  await until("no stream is open", async () => (await open()) === 0);
  assert.is((await scrape(servePort)).value("bodega_rpc_streams_ended_total", { ...names, code: "Canceled" }), 2);
});

test("orders are counted by the status that they came to, and by how many shared a transaction", async () => {
  const before = await scrape(servePort);
  const { order } = client();
  const { order: placed } = await order.placeOrder({
    storeId: shop.storeId,
    items: shop.items({ mug: 1 }),
    hold: { seconds: 600n },
  });
  await order.confirmOrder({ id: placed?.id });
  await order.cancelOrder({ id: placed?.id });
  await order.placeOrder({ storeId: shop.storeId, items: shop.items({ cup: 2 }) });
  const after = await scrape(servePort);
  const counts = ["PENDING", "CONFIRMED", "CANCELLED", "REJECTED", "SHIPPED"].map((status) =>
    grown(before, after, "bodega_orders_total", { status }),
  );
  assert.equal(counts, [1, 1, 1, 1, 0]);
  assert.is(grown(before, after, "bodega_orders_per_transaction_sum", {}), 2);
  assert.is(after.value("bodega_orders_in_hand"), 0);
});

test("a write that a CHECK constraint refuses is counted: the guard against overselling", async () => {
  const before = await scrape(servePort);
  assert.is(before.value("bodega_check_violations_total", { table: "inventory.stock" }), 0);
  await runSql(
    api.database,
    "ALTER TABLE inventory.stock ADD CONSTRAINT nothing_is_sold CHECK (quantity > 1000000) NOT VALID",
  );
  try {
    await thrown(client().order.placeOrder({ storeId: shop.storeId, items: shop.items({ mug: 1 }) }));
  } finally {
    await runSql(api.database, "ALTER TABLE inventory.stock DROP CONSTRAINT nothing_is_sold");
  }
  assert.is((await scrape(servePort)).value("bodega_check_violations_total", { table: "inventory.stock" }), 1);
});

test("reads of the catalog are counted by where their answer came from, ready bytes too", async () => {
  const url = `http://127.0.0.1:${port}/bodega.catalog.v1.CatalogService/ListCategories?connect=v1&encoding=json&message=%7B%7D`;
  const before = await scrape(servePort);
  const reads = WORKERS * 10;
  for (let count = 0; count < reads; count++) await (await fetch(url, { headers: { connection: "close" } })).text();
  const after = await scrape(servePort);
  assert.is(grown(before, after, "bodega_cache_reads_total", {}), reads);
  assert.ok(grown(before, after, "bodega_cache_reads_total", { source: "ready bytes" }) > 0);
  assert.is(grown(before, after, "bodega_rpc_duration_seconds_count", { method: "ListCategories", code: "OK" }), reads);
});

test("what a process has counted goes on counting after its death, and the death is counted", async () => {
  const before = await scrape(servePort);
  const victim = served.lines.find(({ msg, pid }) => msg === "call" && pid !== served.pid)?.pid ?? 0;
  process.kill(victim, "SIGKILL");
  const after = await eventually("another process", async () => {
    const page = await scrape(servePort);
    return page.value("bodega_process_restarts_total", { kind: "api" }) === 1 &&
      page.value("bodega_processes", { kind: "api" }) === WORKERS
      ? page
      : undefined;
  });
  assert.is(grown(before, after, "bodega_rpc_duration_seconds_count", PLACE_ORDER), 0);
  assert.is(grown(before, after, "bodega_orders_total", { status: "CONFIRMED" }), 0);
});

test("the worker shows its queues, its jobs and its e-mails on a port of its own", async () => {
  const page = await eventually("e-mails that are sent", async () => {
    const now = await scrape(workerPort);
    const settled =
      now.value("bodega_queue_waiting", { queue: "email" }) === 0 &&
      now.value("bodega_queue_waiting", { queue: "outbox" }) === 0;
    const idle = now.value("bodega_redis_jobs", { queue: "email", state: "active" }) === 0;
    return settled && idle && now.value("bodega_deliveries_total", { queue: "email", outcome: "sent" }) >= CALLS
      ? now
      : undefined;
  });
  assert.is(page.value("bodega_queue_oldest_age_seconds", { queue: "email" }), 0);
  assert.is(page.value("bodega_dead_letters", { queue: "email" }), 0);
  assert.is(page.value("bodega_destinations_away", { queue: "email" }), 0);
  assert.is(page.value("bodega_redis_connected", { purpose: "jobs" }), 1);
  for (const job of ["relay", "holds", "answers", "lost e-mails"]) {
    assert.ok(page.value("bodega_job_runs_total", { name: job, outcome: "done" }) > 0, job);
    assert.ok(
      Math.abs(page.value("bodega_job_last_success_timestamp_seconds", { name: job }) - Date.now() / 1_000) < 600,
      job,
    );
  }
});

test("what waits in the queues is shown with its age; a queue that cannot be asked is not shown as empty", async () => {
  const lost = "ALTER TABLE email.deliveries RENAME TO lost";
  await runSql(
    api.database,
    "INSERT INTO email.deliveries (store_id, order_id, sequence, type, created_at) VALUES ($1, $1, 1, 'X', now() - interval '1 hour')",
    [shop.storeId],
  );
  const waiting = await scrape(workerPort);
  assert.is(waiting.value("bodega_queue_waiting", { queue: "email" }), 1);
  assert.ok(waiting.value("bodega_queue_oldest_age_seconds", { queue: "email" }) >= 3_600);
  await runSql(api.database, "UPDATE email.deliveries SET given_up_at = now() WHERE order_id = $1", [shop.storeId]);
  assert.is((await scrape(workerPort)).value("bodega_dead_letters", { queue: "email" }), 1);
  await runSql(api.database, lost);
  try {
    assert.ok(Number.isNaN((await scrape(workerPort)).value("bodega_queue_waiting")));
  } finally {
    await runSql(api.database, "ALTER TABLE email.lost RENAME TO deliveries");
  }
});

test("a pool is shown with its size and with who waits; memory, event loop and build of every process are there", async () => {
  for (const opsPort of [servePort, workerPort]) {
    const page = await scrape(opsPort);
    assert.ok(page.value("bodega_database_connections_max", { database: "primary" }) > 0);
    assert.ok(page.value("bodega_database_connections", { database: "primary" }) > 0);
    assert.ok(page.value("bodega_database_waiting", { database: "primary" }) >= 0);
    assert.ok(page.value("process_resident_memory_bytes") > 10_000_000);
    assert.ok(page.value("nodejs_eventloop_lag_p99_seconds") > 0);
    assert.is(page.value("bodega_build_info", { node: process.version }), 1);
  }
});

test("the port answers nothing else, and says so when it is taken", async () => {
  assert.is((await fetch(`http://127.0.0.1:${servePort}/`)).status, 404);
  assert.is((await fetch(`http://127.0.0.1:${servePort}/metrics`, { method: "POST" })).status, 405);
  const taken = createServer();
  const OPS_PORT = String(await listening(taken));
  for (const command of ["serve", "worker"]) {
    const { code, stderr } = await runCommand([command], {
      environment: { OPS_PORT, PORT: "0", GRPC_PORT: "0", REDIS_URL: redisUrl },
    });
    assert.is(code, 1, command);
    assert.is(
      stderr,
      `Port ${OPS_PORT} on 127.0.0.1 is in use. Stop what listens there, or set OPS_PORT to another port.\n`,
      command,
    );
  }
  taken.close();
});

test.run();
