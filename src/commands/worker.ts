/** `worker`: hands on what the orders left in the outbox, and sends the e-mails. */
import { requireDatabaseUrl, requireRedisUrl } from "../platform/config/config.ts";
import { refuseOldDatabase } from "../platform/database/require-database.ts";
import { openCommandLog } from "../platform/telemetry/log.ts";
import { runAsChild } from "../processes/child-process.ts";
import { startWorker } from "../worker/worker.ts";
import type { Command } from "./command.ts";

export const worker: Command = {
  summary: "hand on events, send e-mails and webhooks, and do what is scheduled",
  help: `Usage: node src/main.ts worker

Needs DATABASE_URL and REDIS_URL. Any number may run, each with an OPS_PORT of its own on one machine: its metrics are
there, under /metrics. SIGTERM lets the job in hand finish.`,
  options: {},
  async run(config) {
    const databaseUrl = requireDatabaseUrl(config);
    requireRedisUrl(config);
    await refuseOldDatabase(databaseUrl);
    const log = await openCommandLog(config, "worker");
    await runAsChild({ kind: "worker", config, log, begin: () => startWorker(config, { log }) });
  },
};
