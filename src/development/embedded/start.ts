/** The embedded default from the main process: asks a guardian for a PostgreSQL and a Redis, and gives both back. */
import { type ChildProcess, fork } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import path from "node:path";
import { withTimeout } from "../../platform/async/with-timeout.ts";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { unawaited } from "../../platform/async/unawaited.ts";
import { prepareDataFolder } from "./data-folder.ts";
import { type GuardianNews, type GuardianOrder, isGuardianNews, STOP } from "./guardian-messages.ts";

export interface Embedded {
  /** The database as the product runs; undefined when none was asked for. */
  databaseUrl: string | undefined;
  /** As its owner, who migrates it. */
  databaseOwnerUrl: string | undefined;
  /** As superuser, for tests that make databases. */
  databaseAdminUrl: string | undefined;
  redisUrl: string | undefined;
  /** Called once if the servers are gone for good without `stop`; the process should end then. */
  onExit(callback: () => void): void;
  /** Stops both cleanly; after it nothing of them runs. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions extends GuardianOrder {
  /** Lines for the operator: a server that died and was started again. */
  log: (line: string) => void;
}

/** The guardian gives each server its own grace; this is longer than both together. */
const STOP_TIMEOUT_MS = 60_000;

/** @throws StartupError when the folder is in use or not writable, or a server cannot be had: it says what to do */
export async function startEmbedded({ log, ...order }: EmbeddedOptions): Promise<Embedded> {
  const dataDir = path.resolve(order.dataDir);
  await prepareDataFolder(dataDir);
  const guardian = forkGuardian({ ...order, dataDir });
  const exited = new Promise<void>((resolve) => guardian.once("exit", () => resolve()));
  const urls = await untilReady(guardian, log);
  let stopping: Promise<void> | undefined;
  return {
    databaseUrl: urls.databaseUrl,
    databaseOwnerUrl: urls.databaseOwnerUrl,
    databaseAdminUrl: urls.databaseAdminUrl,
    redisUrl: urls.redisUrl,
    onExit(callback) {
      unawaited(exited.then(() => (stopping === undefined ? callback() : undefined)));
    },
    stop() {
      stopping ??= stopGuardian(guardian, exited);
      return stopping;
    },
  };
}

function forkGuardian(order: GuardianOrder): ChildProcess {
  const log = openSync(path.join(order.dataDir, "guardian.log"), "a", 0o600);
  try {
    return fork(path.join(import.meta.dirname, "guardian.ts"), [JSON.stringify(order)], {
      detached: true,
      execArgv: [],
      stdio: ["ignore", log, log, "ipc"],
    });
  } finally {
    closeSync(log);
  }
}

function untilReady(
  guardian: ChildProcess,
  log: (line: string) => void,
): Promise<Extract<GuardianNews, { kind: "ready" }>> {
  return new Promise((resolve, reject) => {
    guardian.on("message", (news) => {
      if (!isGuardianNews(news)) return;
      if (news.kind === "ready") resolve(news);
      else if (news.kind === "problem") reject(new StartupError(news.message));
      else log(news.line);
    });
    guardian.once("error", reject);
    guardian.once("exit", (code, signal) =>
      reject(new Error(`the guardian of the embedded servers ended: ${signal ?? `code ${code}`}`)),
    );
  });
}

async function stopGuardian(guardian: ChildProcess, exited: Promise<void>): Promise<void> {
  if (guardian.connected) guardian.send(STOP);
  await withTimeout(STOP_TIMEOUT_MS, exited, () => guardian.kill("SIGKILL"));
  await exited;
}
