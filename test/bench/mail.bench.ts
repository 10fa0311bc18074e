/**
 * How fast a backlog of e-mails drains into a mail server, and whether the worker's memory stays where it is.
 *
 * Method: confirmed orders by the ten thousand, with their events, written by SQL while no worker runs; then one worker
 * as an operator starts it, and a mail server of a few lines in this process that takes everything. The first round
 * counts from the worker's start; the others begin while it runs.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { startEmbedded } from "../../src/development/embedded/start.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { mailServer } from "../support/mail-server.ts";
import { shopIn } from "../support/shop.ts";
import { cpuOf, cpuOfTree } from "./cpu.ts";
import { figureOf, type Measured, RUNS } from "./measured.ts";
import { runFolder, tell } from "./tell.ts";

const EVENTS = Number(process.env["BENCH_EMAILS"] ?? 10_000);
const POLL_MS = 20;
/** What more memory passes for noise. */
const FLAT = 1.1;
const MAIN = path.join(import.meta.dirname, "../../src/main.ts");
const MIB = 1_048_576;

const dataDir = runFolder();
const embedded = await startEmbedded({
  dataDir,
  postgres: true,
  redis: true,
  temporary: true,
  log: (line) => console.error(line),
});
const { databaseOwnerUrl = "", databaseUrl = "", redisUrl = "" } = embedded;
await migrate(databaseOwnerUrl, databaseUrl);
const database = openDatabase({ url: databaseOwnerUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
const postmaster = Number(readFileSync(path.join(dataDir, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0]);
const sink = await mailServer(() => "250 2.0.0 taken");
const shop = await shopIn(database, { mug: 0 });
const userId = newId();
await runSql(
  database,
  "INSERT INTO identity.users (id, email, username, first_name, password_hash) VALUES ($1, 'ada@bench.example', 'ada', 'Ada', '')",
  [userId],
);

const before = await emailBytes();
const rounds: Round[] = [];
let worker: ChildProcess | undefined;
for (let round = 1; round <= RUNS; round++) rounds.push(await drain());
const each = ((await emailBytes()) - before) / (EVENTS * RUNS);
const rows = rounds.map((round, index) => ({ name: `round ${index + 1}`, rounds: [round] }));
const [first, last] = [rows[0], rows.at(-1)];
tell({
  id: "mail",
  title: "E-mails",
  method:
    `${EVENTS} orders' events a round, written while no worker runs or the last round is over, drain by one worker into a mail server on the same machine. From the ` +
    "first round's start of the worker, or the end of the writing, until the last is noted as sent. API is the worker's CPU, and memory, here. " +
    `Sent twice: ${rounds.map(({ twice }) => twice).join(", ")}.`,
  rows,
  aims: [
    {
      what: "memory of the worker after the last round, of that after the first",
      figure: RUNS < 2 ? undefined : (figureOf(last, "mib") ?? 0) / (figureOf(first, "mib") ?? 0),
      atMost: FLAT,
    },
  ],
  sizing: [{ what: "database of a million e-mails", figure: `${((each * 1_000_000) / 2 ** 30).toFixed(2)} GiB` }],
});

worker?.kill("SIGTERM");
if (worker !== undefined) await once(worker, "exit");
await sink.close();
await database.close();
await embedded.stop();

interface Round extends Measured {
  twice: number;
}

async function drain(): Promise<Round> {
  sink.messages.length = 0;
  await order(database, EVENTS);
  const startMs = performance.now();
  worker ??= startWorker();
  const { pid = 0 } = worker;
  const start = { worker: cpuOf(pid), database: cpuOfTree(postmaster) };
  while (!(await isDone())) await sleep(POLL_MS);
  return {
    perSecond: (EVENTS * 1_000) / (performance.now() - startMs),
    apiUs: (cpuOf(pid) - start.worker) / EVENTS,
    databaseUs: (cpuOfTree(postmaster) - start.database) / EVENTS,
    mib: residentMib(pid),
    twice: sink.messages.length - EVENTS,
  };
}

/** What the notes on e-mails take of the disk, indexes included. */
async function emailBytes(): Promise<number> {
  const [size] = await runSql<{ bytes: string }>(
    database,
    "SELECT pg_total_relation_size('email.deliveries') AS bytes",
  );
  return Number(size?.bytes);
}

/** All have arrived, and are noted. */
async function isDone(): Promise<boolean> {
  if (sink.messages.length < EVENTS) return false;
  const [open] = await runSql<{ count: string }>(
    database,
    "SELECT count(*) FROM email.deliveries WHERE sent_at IS NULL",
  );
  return open?.count === "0";
}

/** Orders of two lines as they are after they were placed, without what their e-mails do not need. */
async function order(database: Sequelize, count: number): Promise<void> {
  await runSql(
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
  const variables = {
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    DATA_DIR: dataDir,
    SMTP_URL: sink.url,
    OPS_PORT: "0",
    LOG_LEVEL: "warn",
  };
  return spawn(process.execPath, [MAIN, "worker"], { env: { ...process.env, ...variables }, stdio: "inherit" });
}

function residentMib(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return (Number(kib) * 1_024) / MIB;
}
