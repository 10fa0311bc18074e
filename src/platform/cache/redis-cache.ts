/** Redis as the cache that the machines share. While it is away, or slow, it has nothing. */
import type { RemoteCache } from "./versioned-cache.ts";
import { withinReplyTime, type Redis } from "../redis/redis.ts";

/** @param prefix of every key, so that different caches do not meet */
export function redisCache(redis: Redis, prefix: string): RemoteCache {
  return {
    async get(key) {
      if (!redis.isReady) return undefined;
      const text = await withinReplyTime(redis.get(`${prefix}:${key}`));
      return text === null ? undefined : Buffer.from(text, "base64");
    },
    async set(key, bytes, keepMs) {
      if (!redis.isReady) return;
      await withinReplyTime(
        redis.set(`${prefix}:${key}`, Buffer.from(bytes).toString("base64"), {
          expiration: { type: "PX", value: keepMs },
        }),
      );
    },
  };
}
