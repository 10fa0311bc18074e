/**
 * A real streaming replica of an embedded PostgreSQL: a copy of its files between pg_backup_start and pg_backup_stop,
 * started as a hot standby that follows it.
 */
import { spawnSync } from "node:child_process";
import { appendFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { freePort, LOOPBACK } from "../../src/development/embedded/free-port.ts";
import { postgresBinaries } from "../../src/development/embedded/postgres-binaries.ts";
import { clusterPlace } from "../../src/development/embedded/postgres-cluster.ts";
import { chooseRunAs, giveTo } from "../../src/development/embedded/run-as.ts";
import { type ServerProcess, spawnServer } from "../../src/development/embedded/server-process.ts";

export interface Primary {
  /** Of the embedded PostgreSQL. */
  dataDir: string;
  /** As superuser. */
  adminUrl: string;
}

export interface TestReplica {
  port: number;
  /** The same role and database as in a URL of the primary, on the replica. */
  urlLike(primaryUrl: string): string;
  /** It goes on answering, and replays nothing more. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Again after `kill`, on the same port. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const STOP_STEPS = [{ signal: "SIGINT", graceMs: 10_000 }] as const;
const READY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

export async function startReplica(primary: Primary): Promise<TestReplica> {
  const home = path.join(primary.dataDir, `replica-${crypto.randomUUID()}`);
  const cluster = path.join(home, "cluster");
  const { postgres } = await postgresBinaries();
  await mkdir(home, { mode: 0o700 });
  const runAs = await chooseRunAs({ program: postgres, folder: primary.dataDir });
  await copyCluster(primary, cluster);
  await appendFile(
    path.join(cluster, "postgresql.auto.conf"),
    `\nprimary_conninfo = '${conninfoOf(primary.adminUrl)}'\n`,
  );
  await writeFile(path.join(cluster, "standby.signal"), "");
  await giveTo(runAs.owner, home);
  const port = await freePort();
  const admin = new URL(primary.adminUrl);
  admin.port = String(port);
  const logFile = path.join(primary.dataDir, `replica-${port}.log`);
  const command = runAs.command(postgres, ["-D", cluster, ...settingsFor(port)]);
  let server: ServerProcess | undefined;
  const start = async () => {
    server = await spawnServer({ ...command, cwd: "/", logFile, stopSteps: STOP_STEPS });
    await answers(admin.href, server);
  };

  await start();
  return {
    port,
    urlLike(primaryUrl) {
      const url = new URL(primaryUrl);
      url.port = String(port);
      return url.href;
    },
    pause: () => asAdmin(admin.href, "SELECT pg_wal_replay_pause()"),
    resume: () => asAdmin(admin.href, "SELECT pg_wal_replay_resume()"),
    async kill() {
      // Its children notice that it is gone, and end; SIGKILL to them would be an accident of another kind.
      if (server !== undefined) process.kill(server.pid, "SIGKILL");
      await server?.exited;
    },
    start,
    stop: async () => server?.stop(),
  };
}

function settingsFor(port: number): string[] {
  const settings = {
    port,
    listen_addresses: LOOPBACK,
    unix_socket_directories: "",
    shared_buffers: "32MB",
    max_connections: "200",
    fsync: "off",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** A base backup: the files as of one moment, by what its label and the log say, which is not among them. */
export async function copyCluster({ dataDir, adminUrl }: Primary, target: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('replica', true)");
    const { status, stderr } = spawnSync("cp", ["-a", clusterPlace(dataDir).cluster, target], { encoding: "utf8" });
    if (status !== 0) throw new Error(`the cluster cannot be copied: ${stderr}`);
    const { rows } = await client.query<{ labelfile: string }>("SELECT labelfile FROM pg_backup_stop()");
    await writeFile(path.join(target, "backup_label"), rows[0]?.labelfile ?? "");
  } finally {
    await client.end();
  }
  await rm(path.join(target, "postmaster.pid"), { force: true });
  // What was copied of the log is torn; the replica gets all of it from the primary.
  const log = path.join(target, "pg_wal");
  for (const name of await readdir(log)) if (/^[0-9A-F]{24}$/.test(name)) await rm(path.join(log, name));
}

function conninfoOf(url: string): string {
  const { hostname, port, username, password } = new URL(url);
  return `host=${hostname} port=${port} user=${username} password=${password}`;
}

async function answers(url: string, server: ServerProcess): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadline) {
    const isThere = await asAdmin(url, "SELECT 1").then(
      () => true,
      () => false,
    );
    if (isThere) return;
    await sleep(POLL_MS);
  }
  throw new Error(`the replica does not answer:\n${server.recentLog()}`);
}

async function asAdmin(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
