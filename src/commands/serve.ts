/** `serve`: the API processes of one machine, for deployment. */
import { requireDatabaseUrl } from "../platform/config/config.ts";
import { requireDatabase } from "../platform/database/require-database.ts";
import { type Logger, openCommandLog } from "../platform/telemetry/log.ts";
import { observeProcess } from "../platform/telemetry/metrics.ts";
import { requireFreePorts } from "../platform/process/free-ports.ts";
import { unawaited } from "../platform/async/unawaited.ts";
import { startMetricsServer } from "../processes/metrics-server.ts";
import { type Running, startApiProcesses } from "../processes/processes.ts";
import { MetricsAggregate } from "../processes/aggregate-metrics.ts";
import { onRestartSignal, untilSignal } from "../processes/signals.ts";
import type { Command } from "./command.ts";

export const serve: Command = {
  summary: "serve the API on PORT and GRPC_PORT",
  help: `Usage: node src/main.ts serve

Needs DATABASE_URL, migrated before by \`node src/main.ts migrate\`. Runs WORKERS processes that share the ports;
what they all count is shown on OPS_PORT, under /metrics. SIGTERM or Ctrl-C lets the calls in flight finish; a second one
does not. SIGHUP puts new processes, with the code that is on disk then, in the place of the old ones, one by one and
without a call being lost.`,
  options: {},
  async run(config) {
    const signal = untilSignal();
    const up = Promise.withResolvers<Running>();
    const log = await openCommandLog(config, "serve");
    onRestartSignal(() => unawaited(up.promise.then((running) => restart(running, log))));
    await requireFreePorts(config);
    await requireDatabase(requireDatabaseUrl(config));
    if (config.redisUrl === undefined)
      log.warn("REDIS_URL is not set: each API process counts the limits of sign-in and others for itself");
    observeProcess("supervisor");
    const scrape = new MetricsAggregate();
    const ops = await startMetricsServer({ ...config, log }, () => scrape.page());
    const running = await startApiProcesses(config, {}, { log, scrape }).catch((error: unknown) => {
      ops.close();
      throw error;
    });
    log.info({ port: running.ready.port, grpcPort: running.ready.grpcPort, workers: config.workers }, "serving");
    up.resolve(running);
    await signal;
    await running.stop();
    ops.close();
  },
};

async function restart(running: Running, log: Logger): Promise<void> {
  try {
    await running.restart();
    log.info("every process was restarted");
  } catch (error) {
    log.error({ err: error }, "the restart was given up; those that were not reached yet go on as they are");
  }
}
