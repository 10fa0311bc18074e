/** What each fault does to the stage. */
import { setTimeout as sleep } from "node:timers/promises";
import { runSql } from "../../src/platform/database/database.ts";
import { databaseFailure } from "../../src/platform/errors/database-errors.ts";
import { withTransaction } from "../../src/platform/database/transaction.ts";
import { childrenOf, signalTo } from "../support/processes.ts";
import type { Kept } from "./kept.ts";
import { loseMachine } from "./lost-machine.ts";
import { silence } from "./processes.ts";
import type { Fault } from "./schedule.ts";
import { type Stage, workerName } from "./stage.ts";
import type { Outcome } from "./striking.ts";
import { BYSTANDERS_PRODUCT, CODES, STORES } from "./workload.ts";

/** Transactions that are cut after their COMMIT, one after the other, each on the next connection that commits. */
const CUTS_AFTER_COMMIT = 5;
const BETWEEN_CUTS_MS = 200;
/** A late answer is late by this much at most: less than what counts as away. */
const MAX_DELAY_MS = 400;
/** So much longer than a killed one is away: up to eight seconds, and the product cuts what is silent for three. */
const SILENCE = 3;
/** Two processes, one after the other, on a busy machine; a restart that is given up is waited for until then. */
const RESTARTED_WITHIN_MS = 45_000;
/** A process that is frozen is replaced in eight seconds; on a busy machine another takes its place in ten. */
const REPLACED_WITHIN_MS = 45_000;
const LOCKED_MS = 40_000;
/** The relay holds its cursor for milliseconds at a time. */
const RELAY_LOOKS = 400;
const POLL_MS = 5;

/** Resolves when what was struck is back: false when nothing was there to strike at, or something else was struck. */
export async function strike({ kind, forMs, pick }: Fault, stage: Stage): Promise<Outcome> {
  const { api, redis, postgres, workers, proxies } = stage;
  const worker = workers[pick % workers.length];
  switch (kind) {
    case "an API process is killed":
      return killApiProcess(stage, pick);
    case "an API process is frozen":
      return freezeApiProcess(stage, pick);
    case "the API is killed":
      return api.kill({ forMs, withChildren: false });
    case "a worker is killed":
      return worker?.kill({ forMs, withChildren: false }) ?? false;
    case "the relay is killed": {
      const relay = workers[(await relayOf(stage)) ?? workers.length];
      const struck = await (relay ?? worker)?.kill({ forMs, withChildren: false });
      return struck === true && relay !== undefined;
    }
    case "Redis is killed":
      return redis.kill({ forMs, withChildren: false });
    case "PostgreSQL is killed":
      return postgres.kill({ forMs, withChildren: true });
    case "Redis is silent":
      return beSilent(redis, SILENCE * forMs);
    case "PostgreSQL is silent":
      return beSilent(postgres, SILENCE * forMs);
    case "the API is restarted":
      return restartApi(stage);
    case "connections to PostgreSQL are cut":
      return [proxies.apiDatabase, proxies.workerDatabase].map((proxy) => proxy.cut()).includes(true);
    case "PostgreSQL answers late":
      return answerLate(stage, { forMs, delayMs: 1 + (pick % MAX_DELAY_MS) });
    case "connections are cut after COMMIT":
      return cutAfterCommits(stage);
    case "callers are cut off":
      return [proxies.json, proxies.grpc].map((proxy) => proxy.cut()).includes(true);
    case "a stock row is locked":
      return holdLocked(stage, shelfOf(pick));
    case "a promotion is locked":
      return holdLocked(
        stage,
        `SELECT 1 FROM orders.promotions ORDER BY code OFFSET ${pick % CODES} LIMIT 1 FOR UPDATE`,
      );
    case "a machine is lost in mid-batch":
      return loseMachine(stage, forMs);
    default:
      return kind satisfies never;
  }
}

/** Nobody wakes it: whoever keeps it is to see that it is silent. */
async function freezeApiProcess({ api }: Stage, pick: number): Promise<Outcome> {
  const supervisor = api.pid();
  const children = childrenOf(supervisor);
  const victim = children[pick % children.length];
  if (victim === undefined || !signalTo(victim, "SIGSTOP")) return false;
  const endMs = performance.now() + REPLACED_WITHIN_MS;
  while (performance.now() < endMs) {
    if (!childrenOf(supervisor).includes(victim)) break;
    await sleep(POLL_MS);
  }
  const isLost = childrenOf(supervisor).includes(victim);
  // Another fault may have ended its supervisor, and then nobody looks after it.
  signalTo(victim, "SIGKILL");
  return isLost ? "lost" : true;
}

/** Somebody else keeps a row for as long as a forgotten session does. */
async function holdLocked({ database }: Stage, lock: string): Promise<boolean> {
  let locked = false;
  try {
    await withTransaction(database, async () => {
      await runSql(database, lock);
      locked = true;
      // In small pieces: no statement lasts for so long.
      for (const endMs = performance.now() + LOCKED_MS; performance.now() < endMs;)
        await runSql(database, "SELECT pg_sleep(0.5)");
    });
  } catch (error) {
    // PostgreSQL is away, and the lock with it.
    if (databaseFailure(error) === undefined) throw error;
  }
  return locked;
}

/** Of any product but the last one, which nobody locks. */
function shelfOf(pick: number): string {
  return `SELECT 1 FROM inventory.stock s JOIN catalog.products p ON p.id = s.product_id
          WHERE p.sku = 'SOAK-${pick % BYSTANDERS_PRODUCT}' ORDER BY s.store_id OFFSET ${pick % STORES} LIMIT 1 FOR UPDATE OF s`;
}

/** One of those that share the ports: whoever keeps them starts another. */
async function killApiProcess({ api }: Stage, pick: number): Promise<boolean> {
  const children = childrenOf(api.pid());
  const victim = children[pick % children.length];
  return victim !== undefined && signalTo(victim, "SIGKILL");
}

async function beSilent(server: Kept, forMs: number): Promise<boolean> {
  const speak = silence(server.pid());
  if (speak === undefined) return false;
  await sleep(forMs);
  speak();
  return true;
}

/** By SIGHUP, which puts new processes in the place of those that share the ports. Another fault may strike into it. */
async function restartApi({ api }: Stage): Promise<boolean> {
  const pid = api.pid();
  const old = childrenOf(pid);
  // Before it has any, it does not listen to the signal yet.
  if (pid === undefined || old.length === 0 || !signalTo(pid, "SIGHUP")) return false;
  const endMs = performance.now() + RESTARTED_WITHIN_MS;
  while (performance.now() < endMs) {
    if (childrenOf(pid).every((child) => !old.includes(child))) return api.pid() === pid;
    await sleep(POLL_MS);
  }
  return false;
}

/** The number of the worker that holds a cursor of the outbox at this very moment; undefined when none is seen at it. */
async function relayOf({ database }: Stage): Promise<number | undefined> {
  for (let look = 0; look < RELAY_LOOKS; look++) {
    const rows = await runSql<{ name: string }>(
      database,
      `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.relation = 'orders.relay_cursor'::regclass AND l.mode = 'RowShareLock' AND a.application_name LIKE '${workerName(0).slice(0, -1)}%'`,
    ).catch(() => []);
    const [holder] = rows;
    if (holder !== undefined) return Number(holder.name.split("-").at(-1));
    await sleep(POLL_MS);
  }
  return undefined;
}

async function answerLate(
  { proxies }: Stage,
  { forMs, delayMs }: { forMs: number; delayMs: number },
): Promise<boolean> {
  for (const proxy of [proxies.apiDatabase, proxies.workerDatabase]) proxy.delay(delayMs);
  await sleep(forMs);
  for (const proxy of [proxies.apiDatabase, proxies.workerDatabase]) proxy.delay(0);
  return true;
}

async function cutAfterCommits({ proxies: { apiDatabase, workerDatabase } }: Stage): Promise<boolean> {
  const cuts = () => apiDatabase.cutsAfter() + workerDatabase.cutsAfter();
  const before = cuts();
  for (let cut = 0; cut < CUTS_AFTER_COMMIT; cut++) {
    apiDatabase.cutAfter("COMMIT");
    workerDatabase.cutAfter("COMMIT");
    await sleep(BETWEEN_CUTS_MS);
  }
  return cuts() > before;
}
