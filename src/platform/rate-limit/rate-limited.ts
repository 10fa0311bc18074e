/** The refusal of a call that comes too often. */
import { Failure } from "../errors/failure.ts";
import type { WindowName } from "../config/rate-limits.ts";

/** @param resetMs until there is room again */
export function rateLimited(name: WindowName | "calls", resetMs: number): Failure {
  const retryAfterMs = Math.max(1, resetMs);
  const message = `Too often: the limit "${name}" lets no more through now. Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`;
  return new Failure("RATE_LIMITED", message, { metadata: { limit: name }, retryAfterMs });
}
