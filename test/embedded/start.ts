/** Starts the embedded servers from a process of its own, as only that can be killed, and looks at what they keep. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { createClient } from "redis";
import { isAlive } from "../../src/development/embedded/process-identity.ts";

export interface Start {
  databaseUrl: string;
  redisUrl: string;
  /** Process ids, as they are now. */
  pids(): { starter: number; guardian: number; postgres: number; redis: number };
  /** Standard error so far. */
  said(): string;
  ended: Promise<number | null>;
  stop(): Promise<void>;
}

const PATIENCE_MS = 20_000;
const POLL_MS = 25;

/** @throws with its standard error when it does not start */
export async function start(dataDir: string): Promise<Start> {
  const { child, said, ended } = spawnStarter(dataDir);
  const line = await firstLine(child);
  if (line === "") {
    const code = await ended;
    throw new Error(`it ended with code ${code}: ${said()}`);
  }
  const { databaseUrl, redisUrl }: { databaseUrl: string; redisUrl: string } = JSON.parse(line);
  return {
    databaseUrl,
    redisUrl,
    pids: () => ({
      starter: child.pid ?? 0,
      guardian: JSON.parse(readFileSync(path.join(dataDir, "lock.json"), "utf8")).guardian.pid,
      postgres: Number.parseInt(readFileSync(path.join(dataDir, "postgres/cluster/postmaster.pid"), "utf8"), 10),
      redis: Number(readFileSync(path.join(dataDir, "redis/redis.pid"), "utf8")),
    }),
    said,
    ended,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

export function spawnStarter(dataDir: string): {
  child: ChildProcess;
  said: () => string;
  ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [path.join(import.meta.dirname, "starter.ts"), dataDir], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  return { child, said: () => said.trim(), ended };
}

/** "" when it ends before it prints one. */
async function firstLine(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes("\n")) break;
  }
  return text;
}

export function kill(...pids: number[]): void {
  for (const pid of pids) process.kill(pid, "SIGKILL");
}

export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(POLL_MS);
  }
}

export async function untilGone(...pids: number[]): Promise<void> {
  await until(() => !pids.some(isAlive), `the processes ${pids.join(", ")} are gone`);
}

/** Adds one order to the database and one job to Redis. */
export async function keepOne({ databaseUrl, redisUrl }: Start): Promise<void> {
  await query(databaseUrl, "CREATE TABLE IF NOT EXISTS kept (id bigint GENERATED ALWAYS AS IDENTITY)");
  await query(databaseUrl, "INSERT INTO kept DEFAULT VALUES");
  const redis = await createClient({ url: redisUrl }).connect();
  await redis.incr("kept");
  redis.destroy();
}

/** How many of each are there. */
export async function kept({ databaseUrl, redisUrl }: Start): Promise<{ database: number; redis: number }> {
  const rows = await query(databaseUrl, "SELECT count(*)::int AS count FROM kept");
  const redis = await createClient({ url: redisUrl }).connect();
  const jobs = await redis.get("kept");
  redis.destroy();
  return { database: rows[0]?.count ?? 0, redis: Number(jobs) };
}

export async function query(connectionString: string, sql: string): Promise<{ count?: number }[]> {
  const client = new pg.Client({ connectionString });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ count?: number }>(sql);
    return rows;
  } finally {
    await client.end();
  }
}
