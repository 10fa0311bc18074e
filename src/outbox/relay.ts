/**
 * The relay: gives the events that orders left in the outbox their positions, and brings them to whoever acts on them.
 *
 * It polls, because a notification can be lost and a poll cannot: quickly while there is work, then less and less
 * often, one statement a second when nothing happens; a wake-up makes it look at once. Any number may run; the cursors'
 * locks let one work at a time. Positions are given, and each consumer is served, by itself, so that one that is away
 * holds up nobody else.
 */
import type { Sequelize } from "sequelize";
import { type Rounds, startRounds } from "../platform/async/rounds.ts";
import type { Logger } from "../platform/telemetry/log.ts";
import { noteRound } from "../platform/polling/poll-loop.ts";
import { type Consumer, assignPositions, startConsumers, waitingWork } from "./outbox.ts";
import { Backoff } from "../platform/polling/backoff.ts";
import { ConsumerLoop } from "./consumer-loop.ts";

export interface RelayOptions {
  database: Sequelize;
  consumers: readonly Consumer[];
  /** Told, after the commit, that positions up to `newest` were given: a wake-up, which must neither throw nor wait. */
  onPositions?: (newest: bigint) => void;
  log: Logger;
  /** How long to wait when idle. Default: 1 s. */
  pollMs?: number;
  /** How often to look for events of any age. Default: 10 s. */
  lookForAllMs?: number;
}

/** A thousand a second with the fastest polls, and a transaction that still ends within tens of milliseconds. */
const BATCH = 500;
const JOB = "relay";
const FASTEST_POLL_MS = 20;
const IDLE_POLL_MS = 1_000;
/** An order's event is written with its last statement; one that is seen ten seconds later is a rarity, and may wait as long again. */
const LOOK_FOR_ALL_MS = 10_000;

/** @returns whose `wake` says that events were written */
export function startRelay(options: RelayOptions): Rounds {
  const { database, consumers, onPositions, log, pollMs = IDLE_POLL_MS, lookForAllMs = LOOK_FOR_ALL_MS } = options;
  const ending = new AbortController();
  const { signal } = ending;
  const servings = new Map(
    consumers.map((consumer) => [consumer.name, new ConsumerLoop(database, consumer, { limit: BATCH, log, signal })]),
  );
  const names = [...servings.keys()];
  const patience = new Backoff(log, "the relay cannot give events their positions");
  let started = false;
  let pauseMs = 0;
  let lookedForAllAt = -Infinity;

  const rounds = startRounds(async ({ isWoken }) => {
    try {
      if (!started) await startConsumers(database, names);
      started = true;
      const look = performance.now() - lookedForAllAt >= lookForAllMs ? "all" : "recent";
      const { unstamped, behind } = await waitingWork(database, names, look);
      const newest = unstamped ? await assignPositions(database, BATCH, look) : undefined;
      // The oldest get their positions first, so what a full batch leaves is recent by then.
      if (look === "all") lookedForAllAt = performance.now();
      if (newest !== undefined) onPositions?.(newest);
      for (const name of newest === undefined ? behind : names) servings.get(name)?.begin();
      patience.succeeded();
      noteRound(JOB, "done");
      pauseMs = newest === undefined ? Math.min(Math.max(FASTEST_POLL_MS, (isWoken ? 0 : pauseMs) * 2), pollMs) : 0;
    } catch (error) {
      noteRound(JOB, "failed");
      pauseMs = patience.failed(error);
    }
    return pauseMs;
  });

  return {
    wake: () => rounds.wake(),
    async stop() {
      ending.abort();
      await rounds.stop();
      await Promise.all([...servings.values()].map((serving) => serving.ended()));
    },
  };
}
