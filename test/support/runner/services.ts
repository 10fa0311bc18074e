/**
 * The PostgreSQL and the Redis that tests run on, and a clean piece of each for every file.
 *
 * One PostgreSQL, migrated once into a template that each file gets a copy of. A Redis for each place in which a file
 * runs: its numbered databases would do for data, but not for publish and subscribe, which crosses them.
 */
import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { createClient } from "redis";
import { type Embedded, startEmbedded } from "../../../src/development/embedded/start.ts";
import { databaseUrl, OWNER } from "../../../src/development/embedded/postgres-database.ts";
import { migrate } from "../../../src/platform/database/schema/migrate.ts";

export interface Services {
  /** The environment of a file that runs in the given place (0, 1, …). */
  prepare(place: number, id: string): Promise<Record<string, string>>;
  /** Takes the file's database away again. */
  cleanUp(id: string): Promise<void>;
  stop(): Promise<void>;
}

export const noServices: Services = {
  prepare: async () => ({}),
  cleanUp: async () => undefined,
  stop: async () => undefined,
};

const TEMPLATE = "test_template";
/** Nobody keeps these data, so no write waits for a disk. */
const SETTINGS = { fsync: "off", full_page_writes: "off", synchronous_commit: "off", shared_buffers: "128MB" };

/** @param postgresFolder of PostgreSQL's programs; npm's unless told */
export async function startServices(places: number, postgresFolder?: string): Promise<Services> {
  const [first, ...others] = await Promise.all(
    Array.from({ length: places }, (_, place) => startPlace(place, postgresFolder)),
  );
  const all = [first, ...others].filter((server) => server !== undefined);
  const adminUrl = first?.databaseAdminUrl ?? "";
  const ownerUrl = first?.databaseOwnerUrl ?? "";
  const applicationUrl = first?.databaseUrl ?? "";
  const admin = new pg.Pool({ connectionString: adminUrl, max: places });
  // An idle connection that the ending server closes is no news; a query that fails says so itself.
  admin.on("error", () => undefined);
  await admin.query(`CREATE DATABASE ${TEMPLATE} OWNER ${OWNER}`);
  await migrate(databaseUrl(ownerUrl, TEMPLATE), applicationUrl);
  return {
    async prepare(place, id) {
      const redisUrl = all[place]?.redisUrl ?? "";
      await Promise.all([emptyRedis(redisUrl), admin.query(cloneSql(id))]);
      return {
        TEST_DATABASE_URL: databaseUrl(applicationUrl, id),
        TEST_DATABASE_OWNER_URL: databaseUrl(ownerUrl, id),
        TEST_DATABASE_ADMIN_URL: databaseUrl(adminUrl, id),
        TEST_REDIS_URL: redisUrl,
      };
    },
    async cleanUp(id) {
      await admin.query(`DROP DATABASE IF EXISTS ${id} WITH (FORCE)`);
    },
    async stop() {
      await admin.end();
      await Promise.all(all.map((server) => server.stop()));
    },
  };
}

/** FILE_COPY takes half as long as WAL_LOG here (0.2 s a file, not 0.45 s): checkpoints are cheap without fsync. */
function cloneSql(id: string): string {
  return `CREATE DATABASE ${id} OWNER ${OWNER} TEMPLATE ${TEMPLATE} STRATEGY FILE_COPY`;
}

/** The first place has the PostgreSQL too. */
async function startPlace(place: number, postgresFolder: string | undefined): Promise<Embedded> {
  const dataDir = await mkdtemp(path.join(tmpdir(), "bodega-test-"));
  // PostgreSQL may run as another account, which has to pass.
  await chmod(dataDir, 0o711);
  return startEmbedded({
    dataDir,
    postgres: place === 0,
    redis: true,
    postgresFolder,
    postgresSettings: SETTINGS,
    temporary: true,
    log: (line) => console.error(line),
  });
}

async function emptyRedis(url: string): Promise<void> {
  const client = await createClient({ url }).connect();
  await client.flushAll();
  client.destroy();
}
