/** What the runner gives each file, and what tests make of it: a connection, a log that says nothing, a worker's configuration. */
import path from "node:path";
import type { Sequelize } from "sequelize";
import { type Config, readConfig } from "../../src/platform/config/config.ts";
import { openDatabase } from "../../src/platform/database/database.ts";
import { openLog } from "../../src/platform/telemetry/log.ts";

const {
  TEST_DATABASE_URL = "",
  TEST_DATABASE_OWNER_URL = "",
  TEST_DATABASE_ADMIN_URL = "",
  TEST_REDIS_URL = "",
  TEST_DATA_DIR = "",
} = process.env;

/** The file's own database, as the product signs in to it. */
export const databaseUrl = TEST_DATABASE_URL;
/** The same, as the role that migrates. */
export const ownerUrl = TEST_DATABASE_OWNER_URL;
/** The server's superuser. */
export const adminUrl = TEST_DATABASE_ADMIN_URL;
export const redisUrl = TEST_REDIS_URL;
/** The file's own folder, gone when it is over. */
export const dataDir = TEST_DATA_DIR;

export const log = openLog({ level: "silent", name: "test" });

export function openTestDatabase(): Sequelize {
  return openDatabase({ url: databaseUrl, pool: 5, name: "test" });
}

/** The worker's configuration, with mail in a folder of the test's own. */
export function workerConfig(name: string, changes: Partial<Config> = {}): Config {
  const config = readConfig({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, DATA_DIR: path.join(dataDir, name) });
  return { ...config, ...changes };
}
