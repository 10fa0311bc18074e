/**
 * Stands for the product's main process in the tests of the embedded servers: starts them, says where they are, and
 * stops them at SIGTERM.
 */
import { startEmbedded } from "../../src/development/embedded/start.ts";
import { StartupError } from "../../src/platform/errors/startup-error.ts";

/** What it ends with when the servers are gone for good. */
const SERVERS_GONE = 3;

try {
  const servers = await startEmbedded({
    dataDir: process.argv[2] ?? "",
    postgres: true,
    redis: true,
    log: (line) => console.error(line),
  });
  servers.onExit(() => process.exit(SERVERS_GONE));
  process.once("SIGTERM", () => void servers.stop());
  console.log(JSON.stringify({ databaseUrl: servers.databaseOwnerUrl, redisUrl: servers.redisUrl }));
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
