/**
 * The embedded PostgreSQL: a real server of its own on a free port of the loopback address.
 *
 * Its programs are run directly rather than by pg_ctl, so that the process is a child whose end is noticed. There is
 * no socket file: its path may be at most 107 bytes long, and folders are longer.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { unawaited } from "../../platform/async/unawaited.ts";
import { freePort, LOOPBACK } from "./free-port.ts";
import { postgresBinaries } from "./postgres-binaries.ts";
import { BUILTIN_LOCALE, clusterPlace, ensureCluster, LIBC_LOCALE } from "./postgres-cluster.ts";
import { APPLICATION, DATABASE, ensureDatabase, OWNER } from "./postgres-database.ts";
import { chooseRunAs, giveTo, type RunAs } from "./run-as.ts";
import { type Exit, type ServerProcess, spawnServer, stopOrphan, type StopSteps } from "./server-process.ts";

export interface EmbeddedPostgres {
  /** The database, as the product runs. */
  url: string;
  /** The database, as its owner, who migrates it. */
  ownerUrl: string;
  /** The database `postgres`, as superuser. */
  adminUrl: string;
  port: number;
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
}

export interface PostgresOptions {
  dataDir: string;
  log: (line: string) => void;
  /** Of its programs; npm's unless told. */
  folder?: string | undefined;
  /** Default: a free one. */
  port?: number | undefined;
  /** Server settings that differ from ours, such as `fsync: "off"` for data that nobody keeps. */
  settings?: Readonly<Record<string, string>> | undefined;
}

/** For a machine of two cores that runs all the rest of the product too. What is written is safe: fsync stays on. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: LOOPBACK,
  unix_socket_directories: "",
  // A pool for each process, tests that open several, and room for people.
  max_connections: "200",
  shared_buffers: "256MB",
  effective_cache_size: "1GB",
  work_mem: "8MB",
  maintenance_work_mem: "128MB",
  // Solid-state disks: a page at random costs hardly more than the next one.
  random_page_cost: "1.1",
  // Compiling a query costs more than these short ones take.
  jit: "off",
  // Few, long checkpoints: each one makes the next writes of every page whole again.
  min_wal_size: "128MB",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  synchronous_commit: "on",
  timezone: "UTC",
  log_timezone: "UTC",
};

/** Fast shutdown (rolls back, writes a checkpoint), then immediate (recovers at the next start). */
const STOP_STEPS: StopSteps = [
  { signal: "SIGINT", graceMs: 20_000 },
  { signal: "SIGQUIT", graceMs: 5_000 },
];
/** Crash recovery replays at most `max_wal_size`, some tens of seconds on a slow disk. */
const READY_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 20;
/** A port may be taken just before us, and the processes of a killed server take a moment to notice that it is gone. */
const LAUNCH_ATTEMPTS = 20;
const LAUNCH_PAUSE_MS = 250;
const PASSING_FAULTS =
  /could not bind|could not create any TCP\/IP sockets|pre-existing shared memory block|lock file .* already exists/;

/**
 * Starts it, makes its files first where there are none. A server that runs on them already is taken for an orphan
 * and stopped, so whoever calls this holds the folder's lock.
 *
 * @throws StartupError with what to do
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const binaries = await postgresBinaries(options.folder);
  const place = clusterPlace(options.dataDir);
  // Others may enter the data folder (the account that PostgreSQL runs as must), but not the one inside.
  await mkdir(options.dataDir, { recursive: true });
  await mkdir(place.home, { recursive: true, mode: 0o700 });
  const runAs = await chooseRunAs({ program: binaries.postgres, folder: place.home });
  await removeOrphan(place.cluster, options.log);
  await giveTo(runAs.owner, place.home);
  const durable = options.settings?.["fsync"] !== "off";
  const passwords = await ensureCluster(place, runAs, {
    initdb: binaries.initdb,
    locale: options.folder === undefined ? BUILTIN_LOCALE : LIBC_LOCALE,
    durable,
  });

  const statistics = hasStatistics(binaries.postgres);
  const settings = {
    ...SETTINGS,
    ...(statistics ? { shared_preload_libraries: "pg_stat_statements" } : {}),
    ...options.settings,
  };
  const logFile = path.join(options.dataDir, "postgres.log");
  const { server, port } = await launch({
    ...options,
    program: binaries.postgres,
    cluster: place.cluster,
    runAs,
    settings,
    logFile,
  });
  try {
    const adminUrl = `postgres://postgres:${passwords.superuser}@${LOOPBACK}:${port}/postgres`;
    await ensureDatabase(adminUrl, {
      ownerPassword: passwords.owner,
      applicationPassword: passwords.application,
      statistics,
    });
    const url = `postgres://${APPLICATION}:${passwords.application}@${LOOPBACK}:${port}/${DATABASE}`;
    const ownerUrl = `postgres://${OWNER}:${passwords.owner}@${LOOPBACK}:${port}/${DATABASE}`;
    return { url, ownerUrl, adminUrl, port, pid: server.pid, exited: server.exited, stop: server.stop };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** A server that outlived a killed start still holds the cluster; a pid file of anybody else only says so. */
async function removeOrphan(cluster: string, log: (line: string) => void): Promise<void> {
  const pidFile = path.join(cluster, "postmaster.pid");
  const pid = Number.parseInt(await readFile(pidFile, "utf8").catch(() => ""), 10);
  if (Number.isNaN(pid)) return;
  if (await stopOrphan(pid, cluster, STOP_STEPS))
    log(`Stopped a PostgreSQL (process ${pid}) that an earlier start had left behind.`);
  await rm(pidFile, { force: true });
}

/** Below lib: as npm's packages have them, and as Debian's. */
const LIBRARIES = ["postgresql/pg_stat_statements.so", "postgresql/pg_stat_statements.dylib", "pg_stat_statements.so"];

function hasStatistics(postgres: string): boolean {
  const libraries = path.join(postgres, "..", "..", "lib");
  return LIBRARIES.some((name) => existsSync(path.join(libraries, name)));
}

interface Launch {
  program: string;
  cluster: string;
  runAs: RunAs;
  settings: Readonly<Record<string, string>>;
  logFile: string;
  port?: number | undefined;
}

async function launch(options: Launch): Promise<{ server: ServerProcess; port: number }> {
  let complaint = "";
  for (let attempt = 0; attempt < LAUNCH_ATTEMPTS; attempt++) {
    const port = options.port ?? (await freePort());
    const args = Object.entries({ ...options.settings, port: String(port) }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]);
    const command = options.runAs.command(options.program, ["-D", options.cluster, ...args]);
    const server = await spawnServer({ ...command, cwd: "/", logFile: options.logFile, stopSteps: STOP_STEPS });
    if (await becomesReady(server, options.cluster)) return { server, port };
    complaint = server.recentLog();
    if (!PASSING_FAULTS.test(complaint)) break;
    await sleep(LAUNCH_PAUSE_MS);
  }
  throw new StartupError(`The embedded PostgreSQL does not start; ${options.logFile} says:\n${complaint}`);
}

/** False when the server ended instead. The last line of its pid file says "ready" (src/include/utils/pidfile.h). */
async function becomesReady(server: ServerProcess, cluster: string): Promise<boolean> {
  let ended = false;
  unawaited(server.exited.then(() => (ended = true)));
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!ended && performance.now() < deadline) {
    const lines = (await readFile(path.join(cluster, "postmaster.pid"), "utf8").catch(() => "")).split("\n");
    if (lines[0] === String(server.pid) && lines[7]?.trim() === "ready") return true;
    await sleep(READY_POLL_MS);
  }
  if (!ended) await server.stop();
  return false;
}
