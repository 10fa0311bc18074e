/**
 * How fast a backlog of e-mails drains into a mail server, and whether the worker's memory stays where it is.
 *
 * Method: confirmed orders by the ten thousand, with their events, written by SQL while no worker runs; then one worker
 * as an operator starts it, and a mail server of a few lines in this process that takes everything. The first round
 * counts from the worker's start; the others begin while it runs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { execute, openDatabase, select } from "../../src/platform/database.ts";
import { newId } from "../../src/platform/identifier.ts";
import { migrate } from "../../src/platform/migrate.ts";
import { mailServer } from "../email/mail-server.ts";
import { shopIn } from "../support/shop.ts";
import { cpuOf, cpuOfTree } from "./cpu.ts";
import { table } from "./report.ts";

const EVENTS = 10_000;
const ROUNDS = 4;
const POLL_MS = 20;
const MAIN = path.join(import.meta.dirname, "../../src/main.ts");
const MIB = 1_048_576;

const dataDir = mkdtempSync(path.join(os.tmpdir(), "bodega-bench-"));
const embedded = await startEmbedded({ dataDir, postgres: true, redis: true, log: (line) => console.error(line) });
const { databaseOwnerUrl = "", databaseUrl = "", redisUrl = "" } = embedded;
await migrate(databaseOwnerUrl, databaseUrl);
const database = openDatabase({ url: databaseOwnerUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
const postmaster = Number(readFileSync(path.join(dataDir, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0]);
const sink = await mailServer(() => "250 2.0.0 taken");
const shop = await shopIn(database, { mug: 0 });
const userId = newId();
await execute(database, "INSERT INTO identity.users (id, email, username, first_name, password_hash) VALUES ($1, 'ada@bench.example', 'ada', 'Ada', '')", [userId]);

const rows: string[][] = [];
let worker: ChildProcess | undefined;
for (let round = 1; round <= ROUNDS; round++) rows.push(await drain(round));
console.log(table([`${EVENTS} e-mails`, "seconds", "per second", "worker µs", "database µs", "sent twice", "worker MiB", "at most"], rows));

worker?.kill("SIGTERM");
if (worker !== undefined) await once(worker, "exit");
await sink.close();
await database.close();
await embedded.stop();
rmSync(dataDir, { recursive: true, force: true });

async function drain(round: number): Promise<string[]> {
  sink.messages.length = 0;
  await order(database, EVENTS);
  const startMs = performance.now();
  worker ??= startWorker();
  const { pid = 0 } = worker;
  const before = { worker: cpuOf(pid), database: cpuOfTree(postmaster) };
  while (!(await isDone())) await sleep(POLL_MS);
  const seconds = (performance.now() - startMs) / 1_000;
  const perMail = (now: number, then: number) => ((now - then) / EVENTS).toFixed(0);
  return [
    `round ${round}`,
    seconds.toFixed(1),
    (EVENTS / seconds).toFixed(0),
    perMail(cpuOf(pid), before.worker),
    perMail(cpuOfTree(postmaster), before.database),
    (sink.messages.length - EVENTS).toFixed(0),
    statusMib(pid, "VmRSS").toFixed(0),
    statusMib(pid, "VmHWM").toFixed(0),
  ];
}

/** All have arrived, and are noted. */
async function isDone(): Promise<boolean> {
  if (sink.messages.length < EVENTS) return false;
  const [open] = await select<{ count: string }>(database, "SELECT count(*) FROM email.deliveries WHERE sent_at IS NULL");
  return open?.count === "0";
}

/** Orders of two lines as they are after they were placed, without what their e-mails do not need. */
async function order(database: Sequelize, count: number): Promise<void> {
  await execute(
    database,
    `WITH made AS (
       INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, total, total_items)
       SELECT $1, uuidv7(), $2, $2, 'CONFIRMED', 1000, 1000, 4 FROM generate_series(1, $4) RETURNING store_id, id
     ), lines AS (
       INSERT INTO orders.items (store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total)
       SELECT store_id, id, line, $3, 'SKU-' || line, 'A mug of size ' || line, 2, 250, 500 FROM made, generate_series(1, 2) AS line
     )
     INSERT INTO orders.outbox (store_id, order_id, sequence, type) SELECT store_id, id, 1, 'ORDER_CONFIRMED' FROM made`,
    [shop.storeId, userId, shop.products.mug, count],
  );
}

function startWorker(): ChildProcess {
  const variables = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DATA_DIR: dataDir, SMTP_URL: sink.url, OPS_PORT: "0", LOG_LEVEL: "warn" };
  return spawn(process.execPath, [MAIN, "worker"], { env: { ...process.env, ...variables }, stdio: "inherit" });
}

function statusMib(pid: number, field: string): number {
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kib) * 1_024) / MIB;
}
