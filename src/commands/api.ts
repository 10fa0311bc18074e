/** `api`: one API process of those that `serve` and `start` keep. Not called by people. */
import { requireDatabaseUrl } from "../platform/config/config.ts";
import { openCommandLog } from "../platform/telemetry/log.ts";
import { runAsChild } from "../processes/child-process.ts";
import { startApi } from "../api/api.ts";
import type { Command } from "./command.ts";

/** A client that keeps its connection and calls every now and then learns that it is to open another one. */
const IDLE_GRACE_MS = 1_000;

export const api: Command = {
  help: "One API process, kept by `serve` or `start`.",
  options: {},
  async run(config) {
    const log = await openCommandLog(config, "api");
    await runAsChild({
      kind: "api",
      config,
      log,
      async begin() {
        const running = await startApi({ ...config, databaseUrl: requireDatabaseUrl(config) }, log);
        return { ...running, stop: () => running.stop(IDLE_GRACE_MS) };
      },
    });
  },
};
