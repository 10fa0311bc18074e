/** What the headers of an answer tell of a limit, whether the call was let through or refused. */
import type { Failure } from "../platform/errors/failure.ts";
import { rateLimited } from "../platform/rate-limit/rate-limited.ts";
import type { WindowName } from "../platform/config/rate-limits.ts";
import type { Call } from "./call.ts";

export interface LimitState {
  limit: number;
  remaining: number;
  resetMs: number;
}

/** The refusal of a call that comes too often, and its headers. */
export function overLimit(call: Call, name: WindowName | "calls", told: LimitState): Failure {
  setLimitHeaders(call, told);
  return rateLimited(name, told.resetMs);
}

/** The headers of draft-ietf-httpapi-ratelimit-headers-07; the reset in whole seconds. Of two limits, the narrower. */
export function setLimitHeaders({ answerHeaders }: Call, { limit, remaining, resetMs }: LimitState): void {
  const before = answerHeaders.get("ratelimit-remaining");
  if (before !== undefined && Number(before) < remaining) return;
  answerHeaders.set("ratelimit-limit", String(limit));
  answerHeaders.set("ratelimit-remaining", String(remaining));
  answerHeaders.set("ratelimit-reset", String(Math.ceil(resetMs / 1_000)));
}
