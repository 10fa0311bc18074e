/**
 * The embedded Redis: `redis-server` or `valkey-server` of this machine, on a free port, with files of its own.
 *
 * A Redis that a package manager has started on port 6379 is never used: its data are somebody else's.
 */
import { randomBytes } from "node:crypto";
import { accessSync, constants } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { unawaited } from "../../platform/async/unawaited.ts";
import { freePort, LOOPBACK } from "./free-port.ts";
import { type Exit, type ServerProcess, spawnServer, stopOrphan, type StopSteps } from "./server-process.ts";

export interface EmbeddedRedis {
  url: string;
  pid: number;
  exited: Promise<Exit>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  dataDir: string;
  log: (line: string) => void;
  /** Serve at this URL again (port and password). Default: a free port and a new password. */
  url?: string | undefined;
}

const PROGRAMS = ["redis-server", "valkey-server"];
/** SIGTERM writes what is pending and ends. */
const STOP_STEPS: StopSteps = [{ signal: "SIGTERM", graceMs: 15_000 }];
/** Loading the append-only file; it holds jobs on their way, not the business's data. */
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 20;
const REPLY_TIMEOUT_MS = 1_000;
const LAUNCH_ATTEMPTS = 10;
const LAUNCH_PAUSE_MS = 250;
const PASSING_FAULTS = /Address already in use|Failed listening/;

/**
 * Starts it. A server that runs on its files already is taken for an orphan and stopped, so whoever calls this holds
 * the folder's lock.
 *
 * @throws StartupError with what to do
 */
export async function startRedis(options: RedisOptions): Promise<EmbeddedRedis> {
  const program = findProgram();
  const folder = path.join(options.dataDir, "redis");
  await mkdir(options.dataDir, { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOrphan(folder, options.log);
  const logFile = path.join(options.dataDir, "redis.log");
  let complaint = "";
  for (let attempt = 0; attempt < LAUNCH_ATTEMPTS; attempt++) {
    const url = options.url ?? `redis://:${randomBytes(24).toString("hex")}@${LOOPBACK}:${await freePort()}`;
    const file = path.join(folder, "redis.conf");
    await writeFile(file, configuration(url, folder), { mode: 0o600 });
    const server = await spawnServer({ file: program, args: [file], cwd: folder, logFile, stopSteps: STOP_STEPS });
    if (await becomesReady(server, url)) return { url, pid: server.pid, exited: server.exited, stop: server.stop };
    complaint = server.recentLog();
    if (!PASSING_FAULTS.test(complaint)) break;
    await sleep(LAUNCH_PAUSE_MS);
  }
  throw new StartupError(`The embedded Redis does not start; ${logFile} says:\n${complaint}`);
}

function findProgram(): string {
  for (const folder of (process.env["PATH"] ?? "").split(path.delimiter)) {
    for (const name of PROGRAMS) {
      const file = path.join(folder, name);
      if (isExecutable(file)) return file;
    }
  }
  throw new StartupError(
    "No redis-server or valkey-server is installed. Run `npm run setup`, or set REDIS_URL to a Redis of your own.",
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function removeOrphan(folder: string, log: (line: string) => void): Promise<void> {
  const pidFile = path.join(folder, "redis.pid");
  const pid = Number.parseInt(await readFile(pidFile, "utf8").catch(() => ""), 10);
  if (Number.isNaN(pid)) return;
  if (await stopOrphan(pid, folder, STOP_STEPS))
    log(`Stopped a Redis (process ${pid}) that an earlier start had left behind.`);
  await rm(pidFile, { force: true });
}

/** In a file, as arguments are for every user of the machine to read. */
function configuration(url: string, folder: string): string {
  const { port, password } = new URL(url);
  return [
    `bind ${LOOPBACK}`,
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    `pidfile ${JSON.stringify(path.join(folder, "redis.pid"))}`,
    "daemonize no",
    // Jobs survive a crash but for the last second, and those come again from the outbox.
    "appendonly yes",
    "appendfsync everysec",
    'save ""',
    // A queue that loses entries when memory is short would be worse than one that refuses them.
    "maxmemory-policy noeviction",
    "",
  ].join("\n");
}

/** False when the server ended instead. */
async function becomesReady(server: ServerProcess, url: string): Promise<boolean> {
  let ended = false;
  unawaited(server.exited.then(() => (ended = true)));
  const deadline = performance.now() + READY_TIMEOUT_MS;
  while (!ended && performance.now() < deadline) {
    if (await answersPing(url)) return !ended;
    await sleep(READY_POLL_MS);
  }
  if (!ended) await server.stop();
  return false;
}

/** By hand, as two lines of text do: a client library would bring retries and queues of its own. */
function answersPing(url: string): Promise<boolean> {
  const { hostname, port, password } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: REPLY_TIMEOUT_MS });
    let reply = "";
    function finish(ready: boolean): void {
      socket.destroy();
      resolve(ready);
    }
    socket.once("connect", () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    socket.on("data", (chunk) => {
      reply += chunk.toString("latin1");
      if (reply.split("\r\n").length > 2) finish(reply.includes("+PONG"));
    });
    socket.once("error", () => finish(false));
    socket.once("timeout", () => finish(false));
    socket.once("close", () => finish(false));
  });
}
