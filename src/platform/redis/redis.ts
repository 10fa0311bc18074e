/**
 * The connection to Redis of an API process: it answers soon or fails at once, and comes back by itself.
 *
 * Without a queue for the time that Redis is away, and with a time-out for each command: a call must not wait for
 * what it can do without.
 */
import type { RedisClientType } from "redis";
import { withTimeout } from "../async/with-timeout.ts";
import type { Logger } from "../telemetry/log.ts";
import { metrics } from "../telemetry/metrics.ts";
import { redisOutage, messageOf } from "../telemetry/outage.ts";

/** Twenty times what a command takes in one network; after it, whoever asked does without. */
export const COMMAND_TIMEOUT_MS = 100;
const CONNECT_TIMEOUT_MS = 1_000;
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;

export type Redis = RedisClientType;

/** @throws Error when the answer takes too long: the client's own time-out holds only until a command is sent */
export function withinReplyTime<T>(command: Promise<T>, timeoutMs = COMMAND_TIMEOUT_MS): Promise<T> {
  return withTimeout(timeoutMs, command, () => {
    throw new Error("Redis did not answer in time");
  });
}

/** What a connection is for, as the metrics name it. */
type Use = "limits" | "wake-ups";

/**
 * Waits for the first attempt to connect, however it ends, so that a process that starts counts together with the
 * others from its first call. From then on what needs Redis looks at `isReady`.
 *
 * Only here is the client loaded, a third of all files that an API process loads: without Redis it goes without them.
 */
export async function openRedis(url: string, log: Logger, use: Use, timeoutMs = COMMAND_TIMEOUT_MS): Promise<Redis> {
  const { createClient } = await import("redis");
  const client: Redis = createClient({
    url,
    disableOfflineQueue: true,
    commandOptions: { timeout: timeoutMs },
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (tries) => Math.min(FIRST_PAUSE_MS * 2 ** Math.min(tries, 10), MAX_PAUSE_MS),
    },
  });
  const attempted = Promise.withResolvers<void>();
  client.once("ready", attempted.resolve).once("error", attempted.resolve);
  const connected = metrics.redisConnected.labels(use);
  connected.set(0);
  client.on("error", (error: unknown) => {
    connected.set(0);
    redisOutage.began(client, error, log);
  });
  client.on("ready", () => {
    connected.set(1);
    redisOutage.ended(client, log);
  });
  const connecting = client.connect().catch((error: unknown) => {
    if (client.isOpen) log.warn({ reason: messageOf(error) }, "Redis cannot be reached");
  });
  attempts.set(client, connecting);
  await attempted.promise;
  return client;
}

/** The first attempts to connect of each client, which end when it is connected or closed. */
const attempts = new WeakMap<Redis, Promise<unknown>>();

/** A client that is destroyed while it connects keeps the socket that comes of it: so that is waited for. */
export async function closeRedis(client: Redis): Promise<void> {
  client.destroy();
  await attempts.get(client);
  client.destroy();
}
