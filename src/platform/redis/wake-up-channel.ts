/**
 * Wake-ups between processes, by Redis's publish and subscribe: there is something to look at, sooner than by polling.
 *
 * Nobody may rely on one. Redis may be away and a message may be lost, so whoever is woken polls as well, and whoever
 * wakes waits for nothing.
 */
import type { Logger } from "../telemetry/log.ts";
import { closeRedis, openRedis, type Redis } from "./redis.ts";
import { unawaited } from "../async/unawaited.ts";

/** In orders.outbox are events without a position. */
export const EVENTS_WRITTEN = "bodega:outbox:written";
/** Events got positions; the message is the newest. */
export const EVENTS_POSITIONED = "bodega:outbox:positioned";

/** Those that follow each other faster are one: who is woken needs as long for a look. */
const PAUSE_MS = 10;

export type WakeUp = (message: string) => void;

/**
 * Publishes on a channel, one message at a time: while Redis is slow, or they come fast, only the last is sent.
 * @param redis undefined: nothing is published
 */
export function wakeUpBy(redis: Redis | undefined, channel: string): WakeUp {
  let busy = false;
  let next: string | undefined;

  async function publish(message: string): Promise<void> {
    busy = true;
    // One that a busy process could not send in time is sent a moment later, unless a newer one is.
    if (redis?.isReady === true) await redis.publish(channel, message).catch(() => (next ??= message));
    setTimeout(goOn, PAUSE_MS).unref();
  }

  function goOn(): void {
    busy = false;
    if (next === undefined) return;
    const message = next;
    next = undefined;
    unawaited(publish(message));
  }

  return (message) => {
    if (busy) next = message;
    else unawaited(publish(message));
  };
}

/** Calls `hear` for each message of a channel, also after Redis was away, and until it is stopped. */
export async function onWakeUp(
  { url, channel, log }: { url: string; channel: string; log: Logger },
  hear: WakeUp,
): Promise<{ stop(): Promise<void> }> {
  const redis = await openRedis(url, log, "wake-ups");
  let subscribed = false;
  // After a reconnect the client subscribes by itself to what it was subscribed to once.
  function subscribe(): void {
    if (subscribed) return;
    subscribed = true;
    redis.subscribe(channel, hear).catch(() => (subscribed = false));
  }
  redis.on("ready", subscribe);
  if (redis.isReady) subscribe();
  return {
    stop: () => closeRedis(redis),
  };
}
