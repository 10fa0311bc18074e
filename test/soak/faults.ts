/** What each fault does to the stage. */
import { setTimeout as sleep } from "node:timers/promises";
import { select } from "../../src/platform/database.ts";
import { childrenOf, killOne } from "./kept.ts";
import type { Fault } from "./schedule.ts";
import { type Stage, workerName } from "./stage.ts";

/** Transactions that are cut after their COMMIT, one after the other, each on the next connection that commits. */
const CUTS_AFTER_COMMIT = 5;
const BETWEEN_CUTS_MS = 200;
/** A late answer is late by this much at most: less than what counts as away. */
const MAX_DELAY_MS = 400;
/** The relay holds its cursor for milliseconds at a time. */
const RELAY_LOOKS = 400;
const BETWEEN_LOOKS_MS = 5;

/** Resolves when what was struck is back. */
export async function strike({ kind, forMs, pick }: Fault, stage: Stage): Promise<void> {
  const { api, redis, postgres, workers, proxies } = stage;
  switch (kind) {
    case "an API process is killed":
      return killApiProcess(stage, pick);
    case "the API is killed":
      return api.kill({ forMs, withChildren: false });
    case "a worker is killed":
      return workers[pick % workers.length]?.kill({ forMs, withChildren: false });
    case "the relay is killed":
      return workers[(await relayOf(stage)) ?? pick % workers.length]?.kill({ forMs, withChildren: false });
    case "Redis is killed":
      return redis.kill({ forMs, withChildren: false });
    case "PostgreSQL is killed":
      return postgres.kill({ forMs, withChildren: true });
    case "connections to PostgreSQL are cut":
      proxies.apiDatabase.cut();
      return proxies.workerDatabase.cut();
    case "PostgreSQL answers late":
      return answerLate(stage, { forMs, delayMs: 1 + (pick % MAX_DELAY_MS) });
    case "connections are cut after COMMIT":
      return cutAfterCommits(stage);
    case "callers are cut off":
      proxies.json.cut();
      return proxies.grpc.cut();
    default:
      return kind satisfies never;
  }
}

/** One of those that share the ports: whoever keeps them starts another. */
async function killApiProcess({ api }: Stage, pick: number): Promise<void> {
  const pid = api.pid();
  const children = pid === undefined ? [] : childrenOf(pid);
  const victim = children[pick % children.length];
  if (victim !== undefined) killOne(victim);
}

/** The number of the worker that holds a cursor of the outbox at this very moment; undefined when none is seen at it. */
async function relayOf({ database }: Stage): Promise<number | undefined> {
  for (let look = 0; look < RELAY_LOOKS; look++) {
    const rows = await select<{ name: string }>(
      database,
      `SELECT a.application_name AS name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
       WHERE l.relation = 'orders.relay_cursor'::regclass AND l.mode = 'RowShareLock' AND a.application_name LIKE '${workerName(0).slice(0, -1)}%'`,
    ).catch(() => []);
    const [holder] = rows;
    if (holder !== undefined) return Number(holder.name.split("-").at(-1));
    await sleep(BETWEEN_LOOKS_MS);
  }
  return undefined;
}

async function answerLate({ proxies }: Stage, { forMs, delayMs }: { forMs: number; delayMs: number }): Promise<void> {
  for (const proxy of [proxies.apiDatabase, proxies.workerDatabase]) proxy.delay(delayMs);
  await sleep(forMs);
  for (const proxy of [proxies.apiDatabase, proxies.workerDatabase]) proxy.delay(0);
}

async function cutAfterCommits({ proxies }: Stage): Promise<void> {
  for (let cut = 0; cut < CUTS_AFTER_COMMIT; cut++) {
    proxies.apiDatabase.cutAfter("COMMIT");
    proxies.workerDatabase.cutAfter("COMMIT");
    await sleep(BETWEEN_CUTS_MS);
  }
}
