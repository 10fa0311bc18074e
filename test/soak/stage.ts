/**
 * The stage of a run: PostgreSQL, Redis, the API and two workers as real processes, and a second machine's API, with a
 * TCP proxy wherever a connection is to be cut, delayed or dead.
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
import { type Kept, type KeptCommand, keepCommand, keepServer } from "./kept.ts";

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
  /** Another machine's API, which some customers call: of the faults only its own loss is meant for it. */
  second: {
    api: KeptCommand;
    /** Where its callers call. */
    baseUrl: string;
    /** Its way to PostgreSQL. */
    wire: TcpProxy;
  };
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

/** The second machine, as it is shown in pg_stat_activity. */
export const SECOND = "second";
const WORKERS = 2;
const HOST = "127.0.0.1";
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** Of every command. */
const ENVIRONMENT = {
  NODE_ENV: "test",
  OPS_PORT: "0",
  RATE_LIMITS: "off",
  WEBHOOK_ALLOWED_NETWORKS: HOST,
  LOG_LEVEL: "warn",
};

export async function openStage({ dataDir, smtpUrl }: StageOptions): Promise<Stage> {
  const { postgres, redis } = await keepServers(path.join(dataDir, "servers"));
  const { url, ownerUrl, port } = postgres.first;
  await migrate(ownerUrl, url);
  const ports = await portsOfMachine();
  const proxies = await proxiesBefore(port, ports);
  const logFiles: string[] = [];
  const keptAs = (name: string, command: string, proxy: TcpProxy, at = ports, processes = 2): KeptCommand => {
    const logFile = path.join(dataDir, `${name}.log`);
    logFiles.push(logFile);
    const environment = {
      ...ENVIRONMENT,
      DATABASE_URL: through(url, proxy, name),
      REDIS_URL: redis.first.url,
      SMTP_URL: smtpUrl,
      DATA_DIR: path.join(dataDir, name),
      PORT: String(at.json),
      GRPC_PORT: String(at.grpc),
      WORKERS: String(processes),
    };
    return keepCommand(command, { environment, logFile });
  };
  const api = keptAs("api", "serve", proxies.apiDatabase);
  const workers = Array.from({ length: WORKERS }, (_, n) => keptAs(workerName(n), "worker", proxies.workerDatabase));
  const there = await portsOfMachine();
  const { wire } = proxies;
  const second = { api: keptAs(SECOND, "serve", wire, there, 1), baseUrl: `http://${HOST}:${there.json}`, wire };
  await Promise.all([`http://${HOST}:${ports.json}`, second.baseUrl].map(untilReady));
  const database = openDatabase({ url: ownerUrl, pool: 3, name: "soak" });

  return {
    database,
    baseUrl: `http://${HOST}:${proxies.json.port}`,
    grpcAddress: `${HOST}:${proxies.grpc.port}`,
    redisUrl: redis.first.url,
    postgres,
    redis,
    api,
    workers,
    second,
    proxies,
    bugsLogged: () => [...new Set(logFiles.flatMap(bugsIn))],
    async stop() {
      await Promise.all([api, second.api, ...workers].map((kept) => kept.stop()));
      await database.close();
      await Promise.all([postgres.stop(), redis.stop()]);
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
    },
  };
}

/** Each is started again at the address at which it was. */
async function keepServers(dataDir: string) {
  const log = () => undefined;
  return {
    postgres: await keepServer((dead?: EmbeddedPostgres) => startPostgres({ dataDir, log, port: dead?.port })),
    redis: await keepServer((dead?: EmbeddedRedis) => startRedis({ dataDir, log, url: dead?.url })),
  };
}

/** Before PostgreSQL, each by who goes through it, and before the API. */
async function proxiesBefore(postgresPort: number, { json, grpc }: { json: number; grpc: number }) {
  const before = (port: number) => startTcpProxy({ host: HOST, port });
  return {
    apiDatabase: await before(postgresPort),
    workerDatabase: await before(postgresPort),
    wire: await before(postgresPort),
    json: await before(json),
    grpc: await before(grpc),
  };
}

async function portsOfMachine(): Promise<{ json: number; grpc: number }> {
  return { json: await freePort(), grpc: await freePort() };
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
