/** The stage of the benchmarks: an embedded PostgreSQL with fsync on, a shop of plain numbers, API processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { startEmbedded } from "../../src/development/embedded/start.ts";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { SigningKeys } from "../../src/domains/identity/session/signing-keys.ts";
import { AccessTokens } from "../../src/domains/identity/session/access-tokens.ts";
import { runSql, openDatabase } from "../../src/platform/database/database.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { cpuOfTree, residentOfChildren } from "./cpu.ts";
import type { Protocol } from "./load.ts";
import { runFolder } from "./tell.ts";

export const STORES = 25;
export const PRODUCTS_PER_STORE = 350;
export const SERVE = [path.join(import.meta.dirname, "../../src/main.ts"), "serve"];
const WORKER = [path.join(import.meta.dirname, "../../src/main.ts"), "worker"];
const EMPTY = ["--max-semi-space-size=16", path.join(import.meta.dirname, "empty-api.ts")];
const START_TIMEOUT_MS = 30_000;
/** More than any run sells. */
const PLENTY = 1_000_000_000;
/** Plans that are made against empty tables are wrong for full ones, and prepared statements keep them. */
const ORDERS_BEFORE = 20_000;

export interface Stage {
  databaseUrl: string;
  token: string;
  /** CPU of PostgreSQL, all its processes, so far. */
  databaseUs(): number;
  startApi(processes: number): Promise<ApiUnderLoad>;
  /** One process whose RPCs do nothing, behind the same steps. */
  startEmptyApi(): Promise<ApiUnderLoad>;
  /** One process of the library alone, which gives that answer to every call of the RPC. */
  startBare(protocol: Protocol, rpc: string, answer: Uint8Array): Promise<ApiUnderLoad>;
  startWorker(): { cpuUs(): number; stop(): Promise<void> };
  /** Of all that was started here and still runs, too. */
  stop(): Promise<void>;
}

export interface ApiUnderLoad {
  pid: number;
  port: number;
  grpcPort: number;
  /** CPU of the API processes so far. */
  cpuUs(): number;
  /** Of those that were started, without the one that keeps them. */
  residentBytes(): number;
  stop(): Promise<void>;
}

export function storeId(number: number): string {
  return idOf("8000", number);
}

export function productId(number: number): string {
  return idOf("9000", number);
}

function idOf(kind: string, number: number): string {
  return `00000000-0000-7000-${kind}-${String(number).padStart(12, "0")}`;
}

export async function openStage(): Promise<Stage> {
  const dataDir = runFolder();
  const embedded = await startEmbedded({
    dataDir,
    postgres: true,
    redis: true,
    temporary: true,
    log: (line) => console.error(line),
  });
  const { databaseOwnerUrl: databaseUrl = "", redisUrl = "" } = embedded;
  await migrate(databaseUrl);
  const token = await furnish(databaseUrl);
  const environment = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DATA_DIR: dataDir };
  const postmaster = Number(readFileSync(path.join(dataDir, "postgres/cluster/postmaster.pid"), "utf8").split("\n")[0]);
  const stops: (() => Promise<void>)[] = [];
  async function kept(starting: Promise<ApiUnderLoad>): Promise<ApiUnderLoad> {
    const started = await starting;
    stops.push(started.stop);
    return started;
  }
  return {
    databaseUrl,
    token,
    databaseUs: () => cpuOfTree(postmaster),
    startApi: (processes) => kept(startProcess(SERVE, { ...environment, WORKERS: String(processes) })),
    startEmptyApi: () => kept(startProcess(EMPTY, environment)),
    startBare: (protocol, rpc, answer) =>
      kept(
        startProcess([path.join(import.meta.dirname, `bare-${protocol === "json" ? "http" : "grpc"}.ts`)], {
          RPC: rpc,
          ANSWER: Buffer.from(answer).toString("base64"),
        }),
      ),
    startWorker() {
      const worker = spawn(process.execPath, WORKER, {
        env: { ...process.env, ...environment, OPS_PORT: "0", LOG_LEVEL: "warn" },
        stdio: ["ignore", "ignore", "inherit"],
      });
      const stop = () => stopped(worker);
      stops.push(stop);
      return { cpuUs: () => cpuOfTree(worker.pid ?? 0), stop };
    },
    async stop() {
      await Promise.all(stops.map((stop) => stop()));
      await embedded.stop();
    },
  };
}

/** @returns an access token of a customer */
async function furnish(databaseUrl: string): Promise<string> {
  const database = openDatabase({ url: databaseUrl, pool: 2, name: "bench", statementTimeoutMs: 0 });
  const run = (sql: string, bind: unknown[] = []) => runSql(database, sql, bind);
  const id = (kind: string, number: string) =>
    `('00000000-0000-7000-${kind}-' || lpad((${number})::text, 12, '0'))::uuid`;
  await run(
    `INSERT INTO inventory.stores (id, name) SELECT ${id("8000", "n")}, 'Store ' || n FROM generate_series(1, ${STORES}) n`,
  );
  await run(`INSERT INTO catalog.categories (id, name) VALUES (${id("b000", "1")}, 'Everything')`);
  await run(
    `INSERT INTO catalog.products (id, sku, title, description, price, category_id)
     SELECT ${id("9000", "n")}, 'SKU-' || n, 'Product ' || n, 'It is what it is.', 1000, ${id("b000", "1")} FROM generate_series(1, 1200) n`,
  );
  await run(
    `INSERT INTO inventory.stock (store_id, product_id, quantity) SELECT ${id("8000", "s")}, ${id("9000", "p")}, ${PLENTY}
     FROM generate_series(1, ${STORES}) s, generate_series(1, ${PRODUCTS_PER_STORE}) p`,
  );
  await run(
    `INSERT INTO orders.orders (store_id, id, user_id, placed_by, status, subtotal, total, total_items)
     SELECT ${id("8000", "1 + n % 25")}, ${id("c000", "n")}, ${id("a000", "1")}, ${id("a000", "1")}, 'CONFIRMED', 1000, 1000, 1
     FROM generate_series(1, ${ORDERS_BEFORE}) n`,
  );
  await run(
    `INSERT INTO orders.items (store_id, order_id, line, product_id, sku, title, quantity, unit_price, line_total)
     SELECT ${id("8000", "1 + n % 25")}, ${id("c000", "n")}, 1, ${id("9000", "1 + n % 350")}, 'SKU', 'Title', 1, 1000, 1000
     FROM generate_series(1, ${ORDERS_BEFORE}) n`,
  );
  const userId = idOf("a000", 1);
  await run(
    "INSERT INTO identity.users (id, email, username, password_hash) VALUES ($1, 'bench@bodega.example', 'bench', '')",
    [userId],
  );
  const tokens = new AccessTokens(await SigningKeys.open(database));
  const subject = {
    id: userId,
    role: "CUSTOMER",
    username: "bench",
    email: "bench@bodega.example",
    tokenGeneration: 1,
    mfaEnabled: false,
  } as const;
  const { accessToken } = tokens.sign(subject, newId());
  await database.query("VACUUM ANALYZE");
  await database.close();
  return accessToken;
}

export async function startProcess(command: string[], environment: Record<string, string>): Promise<ApiUnderLoad> {
  const [port, grpcPort] = [await freePort(), await freePort()];
  const variables = {
    PORT: String(port),
    GRPC_PORT: String(grpcPort),
    OPS_PORT: "0",
    LOG_LEVEL: "warn",
    RATE_LIMITS: "off",
  };
  const started = spawn(process.execPath, command, {
    env: { ...process.env, ...environment, ...variables },
    stdio: ["ignore", "ignore", "inherit"],
  });
  await ready(port, started);
  const { pid = 0 } = started;
  return {
    pid,
    port,
    grpcPort,
    cpuUs: () => cpuOfTree(pid),
    residentBytes: () => residentOfChildren(pid),
    stop: () => stopped(started),
  };
}

async function ready(port: number, { exitCode }: ChildProcess): Promise<void> {
  for (const endMs = Date.now() + START_TIMEOUT_MS; ;) {
    if (exitCode !== null || Date.now() > endMs) throw new Error("the API did not start");
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
