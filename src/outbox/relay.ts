/**
 * The relay: brings the events that orders left in the outbox to whoever acts on them.
 *
 * It polls, because a notification can be lost and a poll cannot: quickly while there is work, then less and less
 * often, once a second when nothing happens. Any number may run; the cursors' locks let one work at a time. Positions
 * are given in a transaction of their own, so that a consumer that is away holds up nobody but itself.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize } from "sequelize";
import type { Logger } from "../platform/log.ts";
import { type BatchResult, type Hand, handOn, hasWork, stamp } from "./outbox.ts";

export interface RelayOptions {
  database: Sequelize;
  /** Takes over a batch; throws when it cannot, and gets it again. Must come back within the statement timeout. */
  hand: Hand;
  log: Logger;
  /** How long to wait when idle. Default: 1 s. */
  pollMs?: number;
}

/** Whose cursor it is; more consumers bring cursors of their own. */
const CONSUMER = "email";
/** A thousand a second with the fastest polls, and a transaction that still ends within tens of milliseconds. */
const BATCH = 500;
const FASTEST_POLL_MS = 20;
const IDLE_POLL_MS = 1_000;
/** After an error: PostgreSQL or Redis is away, and comes back no sooner for being asked more often. */
const MAX_PAUSE_MS = 5_000;

export function startRelay(options: RelayOptions): { stop(): Promise<void> } {
  const ending = new AbortController();
  const running = run(options, ending.signal);
  return {
    async stop() {
      ending.abort();
      await running;
    },
  };
}

async function run({ database, hand, log, pollMs = IDLE_POLL_MS }: RelayOptions, signal: AbortSignal): Promise<void> {
  let pauseMs = 0;
  let failing = false;
  while (!signal.aborted) {
    try {
      const more = await relayOnce(database, hand);
      if (failing) log.info("the relay works again");
      failing = false;
      if (more) pauseMs = 0;
      else pauseMs = Math.min(Math.max(FASTEST_POLL_MS, pauseMs * 2), pollMs);
    } catch (error) {
      if (!failing) log.warn({ err: error }, "the relay cannot hand events on; it goes on trying");
      failing = true;
      pauseMs = Math.min(Math.max(FASTEST_POLL_MS, pauseMs * 2), MAX_PAUSE_MS);
    }
    await pause(pauseMs, signal);
  }
}

/** Whether it did something, so that there may be more. */
async function relayOnce(database: Sequelize, hand: Hand): Promise<boolean> {
  if (!(await hasWork(database, CONSUMER))) return false;
  const stamped = await stamp(database, BATCH);
  const handed = await handOn(database, { consumer: CONSUMER, limit: BATCH, hand });
  return didSomething(stamped) || didSomething(handed);
}

function didSomething(result: BatchResult): boolean {
  return result !== "standby" && result > 0;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}
