/** `serve`: the API processes of one machine, for deployment. */
import { requireDatabaseUrl } from "../platform/config.ts";
import { requireDatabase } from "../platform/database-answers.ts";
import { openLog } from "../platform/log.ts";
import { observeProcess } from "../platform/metrics.ts";
import { requireFreePorts } from "../platform/ports.ts";
import { openOps } from "../processes/ops.ts";
import { Scrape } from "../processes/scrape.ts";
import { untilSignal } from "../processes/signal.ts";
import { startApiProcesses } from "../processes/processes.ts";
import type { Command } from "./commands.ts";

export const serve: Command = {
  summary: "serve the API on PORT and GRPC_PORT",
  help: `Usage: node src/main.ts serve

Needs DATABASE_URL, migrated before by \`node src/main.ts migrate\`. Runs WORKERS processes that share the ports;
what they all count is shown on OPS_PORT, under /metrics. SIGTERM or Ctrl-C lets the calls in flight finish.`,
  options: {},
  async run(config) {
    const signal = untilSignal();
    await requireFreePorts(config);
    await requireDatabase(requireDatabaseUrl(config));
    const log = openLog({ level: config.logLevel, file: config.logFile, name: "serve" });
    observeProcess("keeper");
    const scrape = new Scrape();
    const ops = await openOps({ ...config, log }, () => scrape.page());
    const running = await startApiProcesses(config, {}, { log, scrape }).catch((error: unknown) => {
      ops.close();
      throw error;
    });
    log.info({ port: running.ready.port, grpcPort: running.ready.grpcPort, workers: config.workers }, "serving");
    await signal;
    await running.stop();
    ops.close();
  },
};
