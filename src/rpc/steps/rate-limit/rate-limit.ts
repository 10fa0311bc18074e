/**
 * Steps: the limits. One for all calls of a caller, before anything is read; one for what has a limit of its own.
 *
 * The second stands behind the validation: it is counted by what the request says, and a request that breaks a rule
 * has guessed nothing.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { networkOf } from "../../../platform/auth/client-address.ts";
import type { TokenBuckets } from "../../../platform/rate-limit/token-bucket.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { RedisWindow } from "../../../platform/rate-limit/redis-window.ts";
import type { Bucket, RateLimits, WindowName } from "../../../platform/config/rate-limits.ts";
import { unawaited } from "../../../platform/async/unawaited.ts";
import type { Verdict } from "../../../platform/rate-limit/memory-window.ts";
import type { Answer, Call, Next, Step } from "../../call.ts";
import { overLimit, setLimitHeaders } from "../../limit-headers.ts";

/** A service key's calls that may come at once, in seconds of its limit. */
const SERVICE_BURST_S = 4;

export function callLimitStep({ calls, buckets }: { calls: Bucket | undefined; buckets: TokenBuckets }): Step {
  return async function callLimit(call: Call, next: Next): Promise<Answer> {
    const bucket = bucketOf(call, calls);
    const waitMs = bucket === undefined ? 0 : buckets.take(callerKey(call), bucket);
    if (bucket !== undefined && waitMs > 0)
      throw overLimit(call, "calls", { limit: bucket.perSecond, remaining: 0, resetMs: waitMs });
    return next();
  };
}

/** A service has the limit of its key, or none: it is ours, and others wait for it. */
function bucketOf({ caller }: Call, calls: Bucket | undefined): Bucket | undefined {
  if (caller?.role !== "SERVICE") return calls;
  const { callsPerSecond } = caller;
  return callsPerSecond === undefined
    ? undefined
    : { perSecond: callsPerSecond, burst: callsPerSecond * SERVICE_BURST_S };
}

export interface Rule {
  method: DescMethod;
  window: WindowName;
  /** What is counted; undefined: nothing, the call passes. */
  keyOf: (call: Call) => Promise<string | undefined>;
  /** Whether the call counts after all, by how it ended: an answer, or what was thrown. Left out: each one counts. */
  counts?: (outcome: Answer | Failure) => boolean;
}

export interface WindowLimitOptions {
  limiter: RedisWindow;
  windows: RateLimits["windows"];
  rules: Rule[];
}

export function windowLimitStep({ limiter, windows, rules }: WindowLimitOptions): Step {
  const byMethod = Map.groupBy(rules, ({ method }) => method);
  return async function windowLimit(call: Call, next: Next): Promise<Answer> {
    const taken: Taken[] = [];
    for (const rule of byMethod.get(call.method) ?? []) {
      const window = windows[rule.window];
      const key = window === undefined ? undefined : await rule.keyOf(call);
      if (window === undefined || key === undefined) continue;
      const name = `${rule.window} ${key}`;
      const verdict = await limiter.take(name, window);
      const told = { limit: window.count, remaining: verdict.remaining, resetMs: verdict.resetMs };
      if (!verdict.allowed) throw overLimit(call, rule.window, told);
      setLimitHeaders(call, told);
      taken.push({ rule, name, verdict });
    }
    if (taken.length === 0) return next();
    return giveBackUncounted(limiter, taken, next);
  };
}

interface Taken {
  rule: Rule;
  name: string;
  verdict: Verdict;
}

/** Taken before and given back after: a crowd that asks at once is counted while its first answers are on their way. */
async function giveBackUncounted(limiter: RedisWindow, taken: Taken[], next: Next): Promise<Answer> {
  function settle(outcome: Answer | Failure): void {
    for (const { rule, name, verdict } of taken) {
      if (rule.counts?.(outcome) === false) unawaited(limiter.giveBack(name, verdict.entry));
    }
  }
  try {
    const answer = await next();
    settle(answer);
    return answer;
  } catch (error) {
    if (error instanceof Failure) settle(error);
    throw error;
  }
}

/** The user, or the address of nobody in particular. */
export function callerKey({ caller, peer }: Call): string {
  return caller?.id ?? networkOf(peer);
}
