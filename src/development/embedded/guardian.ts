/**
 * The guardian: a small process that starts the embedded PostgreSQL and Redis and never leaves them behind.
 *
 * It stands outside the terminal's process group, so that Ctrl-C ends the API first, which still needs the database
 * to finish its calls. When its starter closes the channel, on purpose or killed, it stops both cleanly. When it is
 * killed itself, the next start stops what it left.
 */
import { rm } from "node:fs/promises";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { unawaited } from "../../platform/async/unawaited.ts";
import { lockFolder } from "./folder-lock.ts";
import { type GuardianNews, type GuardianOrder, STOP } from "./guardian-messages.ts";
import { keepRunning, type KeptServer } from "./keep-running.ts";
import { type EmbeddedPostgres, startPostgres } from "./postgres.ts";
import { type EmbeddedRedis, startRedis } from "./redis.ts";

const order: GuardianOrder = JSON.parse(process.argv[2] ?? "{}");
const told = new Promise<void>((resolve) => {
  process.once("disconnect", resolve);
  process.once("SIGTERM", resolve);
  process.on("message", (message) => (message === STOP ? resolve() : undefined));
});
// The starter decides, also at Ctrl-C.
process.on("SIGINT", () => undefined);
process.on("SIGHUP", () => undefined);

await guard();
process.disconnect?.();

async function guard(): Promise<void> {
  let release = (): void => undefined;
  const running: Running = { postgres: undefined, redis: undefined };
  try {
    release = await lockFolder(order.dataDir, process.ppid);
    const givenUp = Promise.withResolvers<void>();
    unawaited(startAll(running, givenUp.resolve));
    await Promise.race([told, givenUp.promise]);
  } catch (error) {
    report(error);
    process.exitCode = 1;
  }
  await stopAll(running);
  if (order.temporary === true) await rm(order.dataDir, { recursive: true, force: true });
  release();
}

interface Running {
  postgres: Promise<KeptServer<EmbeddedPostgres>> | undefined;
  redis: Promise<KeptServer<EmbeddedRedis>> | undefined;
}

/** Starts both at once and tells their URLs; `end` is called when one of them cannot be had, at first or later. */
async function startAll(running: Running, end: () => void): Promise<void> {
  const { dataDir } = order;
  function onGivenUp(): void {
    process.exitCode = 1;
    end();
  }
  if (order.postgres) {
    running.postgres = keepRunning({
      name: "PostgreSQL",
      start: (dead) =>
        startPostgres({
          dataDir,
          log,
          folder: order.postgresFolder,
          settings: order.postgresSettings,
          port: dead?.port,
        }),
      log,
      onGivenUp,
    });
  }
  if (order.redis) {
    running.redis = keepRunning({
      name: "Redis",
      start: (dead) => startRedis({ dataDir, log, url: dead?.url }),
      log,
      onGivenUp,
    });
  }
  try {
    const [postgres, redis] = await Promise.all([running.postgres, running.redis]);
    tell({
      kind: "ready",
      databaseUrl: postgres?.first.url,
      databaseOwnerUrl: postgres?.first.ownerUrl,
      databaseAdminUrl: postgres?.first.adminUrl,
      redisUrl: redis?.first.url,
    });
  } catch (error) {
    report(error);
    onGivenUp();
  }
}

/** Also those that are still starting. */
async function stopAll({ postgres, redis }: Running): Promise<void> {
  const stopped = await Promise.allSettled([postgres, redis].map(async (server) => (await server)?.stop()));
  for (const { reason } of stopped.filter((result) => result.status === "rejected")) {
    if (!(reason instanceof StartupError)) log(String(reason));
  }
}

function report(error: unknown): void {
  if (error instanceof StartupError) return tell({ kind: "problem", message: error.message });
  console.error(error);
  tell({
    kind: "problem",
    message: `The embedded servers do not start: ${String(error)}. See ${order.dataDir}/guardian.log.`,
  });
}

function log(line: string): void {
  // Goes to guardian.log; the starter may be gone.
  console.log(`${new Date().toISOString()} ${line}`);
  tell({ kind: "log", line });
}

function tell(news: GuardianNews): void {
  if (process.connected) process.send?.(news);
}
