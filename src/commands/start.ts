/**
 * `start`: everything on one machine by one command, for whoever wants to see it run.
 *
 * What is started is stopped in the opposite order, whatever happens on the way: the API first, which still needs
 * the database to finish its calls.
 */
import path from "node:path";
import { startEmbedded } from "../development/embedded/start.ts";
import type { Config } from "../platform/config/config.ts";
import { requireDatabase } from "../platform/database/require-database.ts";
import { openCommandLog } from "../platform/telemetry/log.ts";
import { migrate } from "../platform/database/schema/migrate.ts";
import { observeProcess } from "../platform/telemetry/metrics.ts";
import { requireFreePorts } from "../platform/process/free-ports.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import { startMetricsServer } from "../processes/metrics-server.ts";
import { type SupervisorDeps, type Running, startApiProcesses, startWorkerProcess } from "../processes/processes.ts";
import { MetricsAggregate } from "../processes/aggregate-metrics.ts";
import { untilSignal } from "../processes/signals.ts";
import type { Command } from "./command.ts";
import { seedDatabase } from "./seed.ts";
import { type Up, welcome } from "./welcome.ts";

export const start: Command = {
  summary: "start everything, with an embedded PostgreSQL and Redis unless told of others",
  help: `Usage: node src/main.ts start   (npm start)

Starts a PostgreSQL and a Redis of its own in DATA_DIR (unless DATABASE_URL and REDIS_URL name others), migrates,
seeds a shop (not when NODE_ENV is production), and serves the API on PORT and GRPC_PORT with a worker for e-mail.
Ctrl-C stops all of it.`,
  options: {},
  async run(config) {
    const signal = untilSignal();
    await using parts = new AsyncDisposableStack();
    await requireFreePorts(config);
    const up = bringUp(config, parts);
    up.catch(() => undefined);
    const gone = await Promise.race([signal, up]);
    if (gone === undefined) return;
    console.log(await welcome(config, gone));
    await Promise.race([signal, gone.lost]);
    console.log("\nStopping: calls in flight finish, then the database is closed.");
  },
};

async function bringUp(config: Config, parts: AsyncDisposableStack): Promise<Up> {
  const { databaseUrl, databaseOwnerUrl, redisUrl, lost } = await servers(config, parts);
  const logFile = config.logFile ?? path.join(config.dataDir, "bodega.log");
  const log = await openCommandLog({ ...config, logFile }, "start");
  await migrate(databaseOwnerUrl, databaseUrl);
  if (!config.production) await seedDatabase({ ...config, databaseUrl });
  observeProcess("supervisor");
  const scrape = new MetricsAggregate();
  const ops = await startMetricsServer({ ...config, log }, () => scrape.page());
  parts.defer(() => ops.close());
  const environment = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, LOG_FILE: logFile };
  const { port, grpcPort } = await processes(config, environment, { log, scrape }, parts);
  return { databaseUrl, redisUrl, port, grpcPort, opsPort: ops.port, logFile, lost };
}

interface Servers {
  databaseUrl: string;
  databaseOwnerUrl: string;
  redisUrl: string;
  lost: Promise<never>;
}

/** The database and Redis that were named, or embedded ones. */
async function servers(config: Config, parts: AsyncDisposableStack): Promise<Servers> {
  const lost = Promise.withResolvers<never>();
  lost.promise.catch(() => undefined);
  if (config.databaseUrl !== undefined) await requireDatabase(config.databaseUrl);
  const embedded = await startEmbedded({
    dataDir: config.dataDir,
    postgres: config.databaseUrl === undefined,
    redis: config.redisUrl === undefined,
    log: (line) => console.error(line),
  });
  parts.defer(() => embedded.stop());
  embedded.onExit(() =>
    lost.reject(new StartupError(`The embedded servers ended. See ${path.join(config.dataDir, "guardian.log")}.`)),
  );
  const databaseUrl = config.databaseUrl ?? embedded.databaseUrl;
  const redisUrl = config.redisUrl ?? embedded.redisUrl;
  if (databaseUrl === undefined || redisUrl === undefined) throw new TypeError("the guardian told no URL");
  const databaseOwnerUrl = config.databaseUrl === undefined ? embedded.databaseOwnerUrl : config.databaseOwnerUrl;
  return { databaseUrl, databaseOwnerUrl: databaseOwnerUrl ?? databaseUrl, redisUrl, lost: lost.promise };
}

async function processes(
  config: Config,
  environment: Record<string, string>,
  supervisor: SupervisorDeps,
  parts: AsyncDisposableStack,
): Promise<{ port: number; grpcPort: number }> {
  const both = await Promise.allSettled([
    startApiProcesses(config, environment, supervisor),
    startWorkerProcess(environment, supervisor),
  ]);
  for (const result of both) if (result.status === "fulfilled") parts.defer(() => result.value.stop());
  const [api, worker] = both;
  const { ready } = valueOf(api);
  valueOf(worker);
  if (ready.port === undefined || ready.grpcPort === undefined) throw new TypeError("an API process told no port");
  return { port: ready.port, grpcPort: ready.grpcPort };
}

function valueOf(result: PromiseSettledResult<Running>): Running {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}
