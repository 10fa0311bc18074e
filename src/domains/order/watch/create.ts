/** Watching as a whole: its parts, put together for the API of one process. */
import type { Sequelize } from "sequelize";
import { outboxPositions, currentPosition } from "../../../outbox/outbox.ts";
import { coalesce } from "../../../platform/async/coalesce.ts";
import { EVENTS_POSITIONED, onWakeUp, wakeUpBy } from "../../../platform/redis/wake-up-channel.ts";
import type { Logger } from "../../../platform/telemetry/log.ts";
import type { Currency } from "../../../platform/wire/money.ts";
import type { RedisWindow } from "../../../platform/rate-limit/redis-window.ts";
import type { Redis } from "../../../platform/redis/redis.ts";
import type { Orders } from "../orders.ts";
import { ChangeLog } from "./change-log.ts";
import { WATCH_LIMITS, type WatchLimits } from "./limits.ts";
import { OutboxTail } from "./outbox-tail.ts";
import { Watches } from "./watch-orders.ts";

export interface WatchOptions {
  database: Sequelize;
  orders: Orders;
  limiter: RedisWindow;
  /** For wake-ups; undefined: everything is found by polling. */
  redis: Redis | undefined;
  redisUrl: string | undefined;
  /** Of the resume tokens; shared by every process. */
  key: Buffer;
  currency: Currency;
  log: Logger;
  /** @throws Failure STORE_NOT_FOUND */
  requireStore: (id: string) => Promise<void>;
  limits?: Partial<WatchLimits> | undefined;
}

/** Events that get a position because somebody begins to watch: more than ever wait where a relay works. */
const MAX_POSITIONED = 1_000;

export async function createWatches(options: WatchOptions): Promise<Watches> {
  const { database, orders, currency, log, redis, redisUrl: url } = options;
  const limits = { ...WATCH_LIMITS, ...options.limits };
  const changes = new ChangeLog(database, { orders, currency });
  const newest = async () => {
    const { history, newest: position } = await outboxPositions(database);
    return { history, position };
  };
  const tail = new OutboxTail({ log, changes, newest, pollMs: limits.pollMs });
  const tellOthers = wakeUpBy(redis, EVENTS_POSITIONED);
  const now = coalesce(async () => {
    const place = await currentPosition(database, MAX_POSITIONED);
    tail.wake(place.position);
    tellOthers(String(place.position));
    return place;
  });
  const wakeUps =
    url === undefined
      ? undefined
      : await onWakeUp({ url, channel: EVENTS_POSITIONED, log }, (position) => tail.wake(BigInt(position)));
  const positions = () => outboxPositions(database);
  return new Watches({ ...options, changes, tail, now, positions, limits, onStop: async () => wakeUps?.stop() });
}
