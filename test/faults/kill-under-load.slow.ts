/**
 * kill -9 in the middle of load: afterwards no acknowledged order is missing, none is double, and stock plus sold is
 * what came in.
 *
 * Method: real processes on an embedded PostgreSQL with fsync on. Buyers order all the time, each order with a request
 * id that they repeat until it is answered, as a careful client does. Meanwhile API processes, their primary and
 * PostgreSQL itself are killed in turn, and a checker reads the invariants from SQL.
 */
// time limit: 180 s
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import type { Sequelize } from "sequelize";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { type Embedded, startEmbedded } from "../../src/development/embedded/start.ts";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { AccessTokens } from "../../src/domains/identity/session/access-tokens.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { withToken } from "../support/api.ts";
import { brokenInvariants } from "../support/invariants.ts";
import { childrenOf } from "../support/processes.ts";
import { shopIn } from "../support/shop.ts";

const BUYERS = 16;
const STOCK = 100_000;
const PATIENCE_MS = 30_000;
const MAIN = path.join(import.meta.dirname, "../../src/main.ts");
const dataDir = path.join(process.env["TEST_DATA_DIR"] ?? "", "kill");

let embedded: Embedded;
let database: Sequelize;
let api: ChildProcess;
let port: number;
let grpcPort: number;

test.before(async () => {
  embedded = await startEmbedded({ dataDir, postgres: true, redis: true, log: () => undefined });
  await migrate(embedded.databaseOwnerUrl ?? "");
  database = openDatabase({ url: embedded.databaseOwnerUrl ?? "", pool: 2, name: "checker" });
  [port, grpcPort] = [await freePort(), await freePort()];
  api = serve();
});

test.after(async () => {
  await ended(api, "SIGTERM");
  await database.close();
  await embedded.stop();
});

function serve(): ChildProcess {
  const variables = {
    DATABASE_URL: embedded.databaseOwnerUrl,
    REDIS_URL: embedded.redisUrl,
    DATA_DIR: dataDir,
    PORT: String(port),
    GRPC_PORT: String(grpcPort),
    WORKERS: "2",
    LOG_LEVEL: "silent",
    RATE_LIMITS: "off",
  };
  return spawn(process.execPath, [MAIN, "serve"], {
    env: { ...process.env, NODE_ENV: "test", ...variables },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}

/** Orders one unit after another until it is told to stop. @returns the acknowledged order of each request id */
async function buy(token: string, storeId: string, productId: string, stop: AbortSignal): Promise<Map<string, string>> {
  const acknowledged = new Map<string, string>();
  while (!stop.aborted) {
    const requestId = crypto.randomUUID();
    acknowledged.set(requestId, await insist(token, { storeId, items: [{ productId, quantity: 1 }], requestId }));
  }
  return acknowledged;
}

/** Repeats the same request until it is answered; a new connection each time, as the server may be another one. */
async function insist(
  token: string,
  request: { storeId: string; items: object[]; requestId: string },
): Promise<string> {
  for (const endMs = Date.now() + PATIENCE_MS; ;) {
    const client = createClient(
      OrderService,
      withToken(createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "1.1" }), token),
    );
    try {
      return (await client.placeOrder(request, { timeoutMs: 10_000 })).order?.id ?? "";
    } catch (error) {
      const passing =
        error instanceof ConnectError &&
        [Code.Unavailable, Code.Aborted, Code.Internal, Code.DeadlineExceeded, Code.Canceled, Code.Unknown].includes(
          error.code,
        );
      if (!passing || Date.now() > endMs) throw error;
      await sleep(50);
    }
  }
}

function postmaster(): number {
  return Number(readFileSync(path.join(dataDir, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0]);
}

/** @throws when the server has ended by itself */
async function answered(): Promise<void> {
  for (;;) {
    if (api.exitCode !== null) throw new Error(`serve ended with ${api.exitCode}`);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (response?.status === 200) return;
    await sleep(50);
  }
}

/** One of the two API processes: a child of the primary. */
async function killOneApiProcess(): Promise<void> {
  const [victim] = childrenOf(api.pid);
  if (victim === undefined) throw new Error("the primary has no children");
  process.kill(victim, "SIGKILL");
}

const faults: [name: string, strike: () => Promise<void>][] = [
  ["an API process is killed", killOneApiProcess],
  ["PostgreSQL is killed", async () => void process.kill(postmaster(), "SIGKILL")],
  [
    "the primary is killed and started again",
    async () => {
      await ended(api, "SIGKILL");
      await sleep(300);
      api = serve();
    },
  ],
];

for (const [name, strike] of faults) {
  test(`${name} under load: no acknowledged order is missing or double, and the stock is right`, async () => {
    await answered();
    const shop = await shopIn(database, { mug: STOCK });
    const userId = newId();
    const tokens = new AccessTokens(await SigningKeys.open(database));
    await runSql(database, "INSERT INTO identity.users (id, email, username, password_hash) VALUES ($1, $2, $3, '')", [
      userId,
      `${userId}@test.example`,
      userId,
    ]);
    const subject = {
      id: userId,
      role: "CUSTOMER",
      username: userId,
      email: `${userId}@test.example`,
      tokenGeneration: 1,
      mfaEnabled: false,
    } as const;
    const { accessToken } = tokens.sign(subject, newId());
    const stop = new AbortController();
    const buyers = Array.from({ length: BUYERS }, () => buy(accessToken, shop.storeId, shop.products.mug, stop.signal));
    for (let round = 0; round < 3; round++) {
      await sleep(1_000);
      await strike();
      await answered();
    }
    await sleep(500);
    stop.abort();
    const acknowledged = (await Promise.all(buyers)).flatMap((map) => [...map.values()]);

    const stored = await runSql<{ id: string }>(
      database,
      "SELECT id FROM orders.orders WHERE store_id = $1 AND status = 'CONFIRMED'",
      [shop.storeId],
    );
    assert.ok(acknowledged.length > 50, `${acknowledged.length} orders were acknowledged`);
    assert.is(new Set(acknowledged).size, acknowledged.length);
    assert.equal(new Set(stored.map(({ id }) => id)), new Set(acknowledged));
    assert.is(await shop.quantity("mug"), STOCK - acknowledged.length);
    assert.equal(await brokenInvariants(database, shop), []);
  });
}

test.run();
