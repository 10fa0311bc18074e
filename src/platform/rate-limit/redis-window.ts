/**
 * Limits that hold across every process: sliding windows in Redis, one Lua script each way.
 *
 * Kept in each process's own memory, a limit of 20 would let 80 through with four processes. While Redis is away the
 * same kind of window in memory takes over at once, and Redis takes over again when it is back: a limit that is four
 * times too wide for a while is better than nobody signing in.
 */
import { createHash } from "node:crypto";
import type { Window } from "../config/rate-limits.ts";
import { COMMAND_TIMEOUT_MS, withinReplyTime, type Redis } from "../redis/redis.ts";
import { type Ask, type Verdict, MemoryWindow } from "./memory-window.ts";

/**
 * Each window is a sorted set of the calls that were let through, by Redis's clock in microseconds: what left the window
 * goes, then there is room or not. A call is counted in all that have room, unless one that is binding has none; then in
 * no one. Times as scores stay exact below 2^53. A name has the count too, for two in one microsecond.
 * Gets for each key: its count, its milliseconds, whether it is binding (1 or 0). Gives back for each: whether there was
 * room (1 or 0), how many more, microseconds until the oldest leaves, the entry's name.
 */
const TAKE = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local passes = true
local used = {}
for i, key in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('(%.0f', now - ARGV[3 * i - 1] * 1000))
  used[i] = redis.call('ZCARD', key)
  if ARGV[3 * i] == '1' and used[i] >= tonumber(ARGV[3 * i - 2]) then passes = false end
end
local verdicts = {}
for i, key in ipairs(KEYS) do
  local count, window = tonumber(ARGV[3 * i - 2]), ARGV[3 * i - 1]
  local room = used[i] < count
  local entry = string.format('%.0f:%d', now, used[i])
  if passes and room then
    redis.call('ZADD', key, string.format('%.0f', now), entry)
    redis.call('PEXPIRE', key, window)
    used[i] = used[i] + 1
  end
  local oldest = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2] or now
  verdicts[i] = {room and 1 or 0, count - used[i], string.format('%.0f', oldest + window * 1000 - now), entry}
end
return verdicts
`;
const TAKE_SHA = createHash("sha1").update(TAKE).digest("hex");
/** After a command that took too long, the next calls do not wait for Redis either. */
const PAUSE_MS = 1_000;
const PREFIX = "bodega:limit:";

export class RedisWindow {
  readonly #redis: Redis | undefined;
  readonly #memory = new MemoryWindow();
  readonly #timeoutMs: number;
  #pausedUntilMs = 0;

  /** @param redis undefined: memory alone. @param timeoutMs how long a call waits for Redis */
  constructor(redis: Redis | undefined, timeoutMs = COMMAND_TIMEOUT_MS) {
    this.#redis = redis;
    this.#timeoutMs = timeoutMs;
  }

  /** Counts a call if there is room for it. */
  async take(key: string, window: Window): Promise<Verdict> {
    const [verdict] = await this.takeAll([{ key, window, binding: true }]);
    if (verdict === undefined) throw new TypeError("a window gave no verdict");
    return verdict;
  }

  /** Counts a call in every window that has room, if all that are binding have; otherwise in none. One round trip. */
  async takeAll<A extends Ask>(asks: readonly A[]): Promise<(A & Verdict)[]> {
    return (await this.#ask((redis) => takeFrom(redis, asks))) ?? this.#memory.takeAll(asks);
  }

  /**
   * Undoes a `take`, for what turned out not to count, or is over. It reaches Redis however busy Redis or this process
   * is, so calls do not wait for it.
   */
  async giveBack(key: string, entry: string): Promise<void> {
    this.#memory.giveBack(key, entry);
    if (this.#redis?.isReady !== true) return;
    // The commands of a pipeline have no time-out. Thousands come at once when a proxy, or this process, ends.
    await this.#redis
      .multi()
      .zRem(nameOf(key), entry)
      .execAsPipeline()
      .catch(() => undefined);
  }

  /** undefined when Redis is away. */
  async #ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.#redis?.isReady !== true || performance.now() < this.#pausedUntilMs) return undefined;
    try {
      return await withinReplyTime(command(this.#redis), this.#timeoutMs);
    } catch {
      this.#pausedUntilMs = performance.now() + PAUSE_MS;
      return undefined;
    }
  }
}

/** By a hash: a key may hold an e-mail address, which Redis's files and monitors need not show. */
function nameOf(key: string): string {
  return PREFIX + createHash("sha256").update(key).digest("base64url").slice(0, 22);
}

async function takeFrom<A extends Ask>(redis: Redis, asks: readonly A[]): Promise<(A & Verdict)[]> {
  const options = {
    keys: asks.map(({ key }) => nameOf(key)),
    arguments: asks.flatMap(({ window: { count, windowMs }, binding }) => [
      String(count),
      String(windowMs),
      binding ? "1" : "0",
    ]),
  };
  const answer: unknown = await redis.evalSha(TAKE_SHA, options).catch((error: unknown) => {
    // After a restart Redis knows no scripts.
    if (error instanceof Error && error.message.startsWith("NOSCRIPT")) return redis.eval(TAKE, options);
    throw error;
  });
  if (!Array.isArray(answer)) throw new TypeError("the limiter's script answered no list");
  return asks.map((ask, index) => ({ ...ask, ...toVerdict(answer[index]) }));
}

function toVerdict(told: unknown): Verdict {
  if (!Array.isArray(told)) throw new TypeError("the limiter's script answered no verdict");
  const [allowed, remaining, resetUs, entry] = told.map(String);
  return {
    allowed: allowed === "1",
    remaining: Number(remaining),
    resetMs: Math.max(1, Math.ceil(Number(resetUs) / 1_000)),
    entry: entry ?? "",
  };
}
