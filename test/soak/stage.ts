/**
 * The stage of a run: PostgreSQL, Redis, the API and two workers as real processes, with a TCP proxy wherever a
 * connection is to be cut or delayed.
 *
 * PostgreSQL and Redis are this process's own children and not a guardian's, who would give up a server that is killed
 * as often as here. Whatever ends, or is ended, is started again, as an init system would.
 */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import { freePort } from "../../src/development/embedded/free-port.ts";
import { type EmbeddedPostgres, startPostgres } from "../../src/development/embedded/postgres.ts";
import { type EmbeddedRedis, startRedis } from "../../src/development/embedded/redis.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { migrate } from "../../src/platform/database/schema/migrate.ts";
import { isReady } from "../support/served.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";
import { bugsIn } from "./bugs.ts";
import { type Kept, keepCommand, keepServer } from "./kept.ts";

export interface Stage {
  /** Past every proxy, as the tables' owner. */
  database: Sequelize;
  /** Where callers call, through the proxies. */
  baseUrl: string;
  grpcAddress: string;
  redisUrl: string;
  postgres: Kept;
  redis: Kept;
  api: Kept;
  workers: Kept[];
  proxies: {
    /** Before PostgreSQL: for the API, and for the workers. */
    apiDatabase: TcpProxy;
    workerDatabase: TcpProxy;
    /** Before the API: what its callers call. */
    json: TcpProxy;
    grpc: TcpProxy;
  };
  /** Of the API and the workers: each message once. */
  bugsLogged(): string[];
  stop(): Promise<void>;
}

export interface StageOptions {
  dataDir: string;
  smtpUrl: string;
}

const WORKERS = 2;
const HOST = "127.0.0.1";
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

export async function openStage({ dataDir, smtpUrl }: StageOptions): Promise<Stage> {
  const folder = path.join(dataDir, "servers");
  const log = () => undefined;
  const postgres = await keepServer((dead?: EmbeddedPostgres) =>
    startPostgres({ dataDir: folder, log, port: dead?.port }),
  );
  const redis = await keepServer((dead?: EmbeddedRedis) => startRedis({ dataDir: folder, log, url: dead?.url }));
  const { url, ownerUrl, port } = postgres.first;
  await migrate(ownerUrl, url);
  const ports = { json: await freePort(), grpc: await freePort() };
  const [apiDatabase, workerDatabase, json, grpc] = await Promise.all(
    [port, port, ports.json, ports.grpc].map((to) => startTcpProxy({ host: HOST, port: to })),
  );
  if (apiDatabase === undefined || workerDatabase === undefined || json === undefined || grpc === undefined)
    throw new TypeError("a proxy is missing");

  const logFiles: string[] = [];
  const keptAs = (name: string, command: string, proxy: TcpProxy): Kept => {
    const logFile = path.join(dataDir, `${name}.log`);
    logFiles.push(logFile);
    const environment = {
      NODE_ENV: "test",
      DATABASE_URL: through(url, proxy, name),
      REDIS_URL: redis.first.url,
      SMTP_URL: smtpUrl,
      DATA_DIR: path.join(dataDir, name),
      PORT: String(ports.json),
      GRPC_PORT: String(ports.grpc),
      OPS_PORT: "0",
      WORKERS: "2",
      RATE_LIMITS: "off",
      WEBHOOK_ALLOWED_NETWORKS: HOST,
      LOG_LEVEL: "warn",
    };
    return keepCommand(command, { environment, logFile });
  };
  const api = keptAs("api", "serve", apiDatabase);
  const workers = Array.from({ length: WORKERS }, (_, n) => keptAs(workerName(n), "worker", workerDatabase));
  await untilReady(`http://${HOST}:${ports.json}`);
  const database = openDatabase({ url: ownerUrl, pool: 3, name: "soak" });

  return {
    database,
    baseUrl: `http://${HOST}:${json.port}`,
    grpcAddress: `${HOST}:${grpc.port}`,
    redisUrl: redis.first.url,
    postgres,
    redis,
    api,
    workers,
    proxies: { apiDatabase, workerDatabase, json, grpc },
    bugsLogged: () => [...new Set(logFiles.flatMap(bugsIn))],
    async stop() {
      await Promise.all([api, ...workers].map((kept) => kept.stop()));
      await database.close();
      await Promise.all([postgres.stop(), redis.stop()]);
      await Promise.all([apiDatabase, workerDatabase, json, grpc].map((proxy) => proxy.close()));
    },
  };
}

/** As it is shown in pg_stat_activity. */
export function workerName(number: number): string {
  return `worker-${number}`;
}

function through(url: string, proxy: TcpProxy, name: string): string {
  const changed = new URL(url);
  changed.port = String(proxy.port);
  changed.searchParams.set("application_name", name);
  return changed.href;
}

async function untilReady(baseUrl: string): Promise<void> {
  for (const endMs = Date.now() + READY_TIMEOUT_MS; !(await isReady(baseUrl)); await sleep(POLL_MS)) {
    if (Date.now() > endMs) throw new Error("the API does not become ready");
  }
}
