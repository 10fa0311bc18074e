/** Watchers over many streams: each goes on with its last token, whatever cut the stream before. */
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectError } from "@connectrpc/connect";
import { createClient as createRedis } from "redis";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import type { Account } from "./accounts.ts";
import { keyOf, type Watched } from "./checks/events.ts";
import type { Way } from "./workload.ts";

export interface Watching {
  watched: Watched;
  /** Streams that it had so far. */
  streams: number;
  /** Resolves once the first stream has begun: from then on everything is told. */
  begun: Promise<void>;
  leave(): Promise<void>;
}

export interface WatchWish {
  name: string;
  account: Account;
  way: Way;
  userId?: string | undefined;
  storeId?: string | undefined;
  redisUrl: string;
}

const PAUSE_MS = 200;
const TIMEOUT_MS = 5_000;
/** Where streams are counted (platform/rate-limit/redis-window.ts). */
const LIMIT_KEYS = "bodega:limit:*";

export function watchOn({ name, account, way, userId, storeId, redisUrl }: WatchWish): Watching {
  const leaving = new AbortController();
  const { promise: begun, resolve } = Promise.withResolvers<void>();
  const watched: Watched = { name, userId, storeId, seen: [] };
  const watching: Watching = {
    watched,
    streams: 0,
    begun,
    async leave() {
      leaving.abort();
      await going;
    },
  };
  let resumeToken = "";
  const going = (async () => {
    while (!leaving.signal.aborted) {
      watching.streams++;
      const reason = await read().then(() => "", reasonOf);
      if (reason === "INVALID_TOKEN") await account.signIn(way, TIMEOUT_MS).catch(() => undefined);
      if (reason === "TOO_MANY_STREAMS") await forgetDeadStreams(redisUrl).catch(() => undefined);
      await sleep(PAUSE_MS);
    }
  })();
  return watching;

  async function read(): Promise<void> {
    const options = { signal: leaving.signal, headers: account.headers(crypto.randomUUID()) };
    for await (const { message } of account.by(way).order.watchOrders({ storeId, resumeToken }, options)) {
      if (message.case === "event")
        watched.seen.push(keyOf({ orderId: message.value.order?.id ?? "", sequence: message.value.sequence }));
      resumeToken = message.value?.resumeToken ?? resumeToken;
      resolve();
    }
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof ConnectError)) throw error;
  return error.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
}

/** Streams of processes that were killed count for a quarter of an hour, and here more are killed than a user may have. */
async function forgetDeadStreams(url: string): Promise<void> {
  const redis = createRedis({ url, socket: { reconnectStrategy: false } }).on("error", () => undefined);
  await redis.connect();
  try {
    const keys = await redis.keys(LIMIT_KEYS);
    if (keys.length > 0) await redis.del(keys);
  } finally {
    redis.destroy();
  }
}
