/**
 * One connection of a bee-queue to Redis, made to be thrown away: it is never repaired, a new one takes its place.
 *
 * bee-queue does not survive a Redis that goes and comes back. It loads its scripts only once, so that every save
 * fails after a restart (NOSCRIPT); without Redis at the start it never becomes ready; commands wait for ever; its
 * pauses double without end, and a timer that fires meanwhile spins. A new queue has none of this, and needs no
 * knowledge of its inside.
 *
 * The Redis clients are made here, with the `redis` that bee-queue itself uses (an older major than ours,
 * docs/upgrading.md), so that a loss is seen at once and none of them is left open.
 */
import BeeQueue from "bee-queue";
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { unawaited } from "../../../../platform/async/unawaited.ts";
import type { EmailJob } from "../deliveries.ts";

export interface QueueConnection {
  queue: BeeQueue<EmailJob>;
  /** When it is of no more use, and why. Never rejects. */
  lost: Promise<Error>;
  /** Says that it is of no more use. */
  lose(error: Error): void;
  /** Takes no more jobs and lets those in hand finish, at most `graceMs`; then closes every client. */
  close(graceMs: number): Promise<void>;
}

export interface ConnectOptions {
  url: string;
  /** Before every key. */
  prefix: string;
  /** Errors of commands; each is somebody's rejected promise too, or ends the connection. */
  onError: (error: Error) => void;
}

interface RedisClient extends EventEmitter {
  duplicate(): RedisClient;
  /** With `true` what waits is rejected. */
  end(flush: boolean): void;
}

interface RedisModule {
  createClient(options: Record<string, unknown>): RedisClient;
}

const CONNECT_TIMEOUT_MS = 5_000;
/** A network that vanished without a word is noticed after about twenty seconds. */
const KEEPALIVE_AFTER_MS = 10_000;
/** A worker says twice in this time that a job is alive; one that does not has died, and its job goes to another. */
export const STALL_INTERVAL_MS = 10_000;

const redis: RedisModule = createRequire(createRequire(import.meta.url).resolve("bee-queue"))("redis");

export function connectQueue({ url, prefix, onError }: ConnectOptions): QueueConnection {
  const clients: RedisClient[] = [];
  const { promise: lost, resolve } = Promise.withResolvers<Error>();

  const queue = new BeeQueue<EmailJob>("email", {
    prefix,
    redis: connect(),
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    // What became of a job is kept in PostgreSQL; an id that is free again can be handed over again.
    removeOnSuccess: true,
    removeOnFailure: true,
    stallInterval: STALL_INTERVAL_MS,
  });
  queue.on("error", onError);
  // Whoever uses the queue awaits this too; here it only must not count as unhandled.
  queue.ready().catch(lose);

  function connect(): RedisClient {
    const client = redis.createClient({
      url,
      retry_strategy: () => undefined,
      enable_offline_queue: false,
      connect_timeout: CONNECT_TIMEOUT_MS,
      socket_initialdelay: KEEPALIVE_AFTER_MS,
    });
    client.on("error", lose);
    client.duplicate = connect;
    clients.push(client);
    return client;
  }

  function lose(error: Error): void {
    // At once, before anything in the queue tries again on a client that is gone.
    unawaited(close(1));
    resolve(error);
  }

  async function close(graceMs: number): Promise<void> {
    await Promise.resolve(queue.close(graceMs)).catch(() => undefined);
    for (const client of clients) client.end(true);
  }

  return { queue, lost, lose, close };
}
