/**
 * Step: works on so many calls at once, and refuses what comes on top of them.
 *
 * A server that takes everything in gets slower for everybody, until nobody's answer comes in time and all its work is
 * for nothing. Refused here, before sign-in, a call costs a fraction of what it would cost, and its caller hears at
 * once. What counts is the work, also that whose caller has left. Sign-ins that wait for their turn do not count, and
 * neither do streams, which mostly wait.
 */
import { Failure } from "../../platform/errors/failure.ts";
import type { Step } from "../call.ts";

/**
 * Enough to fill several batches of orders, and at the rate of one process a wait of a quarter of a second. With 200 the
 * same crowd got less done (`npm run bench overload`).
 */
export const MAX_CALLS_AT_ONCE = 500;
/** They come back spread over a second, and not all at once. */
const RETRY_AFTER_MS = 500;
const RETRY_SPREAD_MS = 1_000;

/** @param mostCalls at once */
export function loadSheddingStep(mostCalls = MAX_CALLS_AT_ONCE): Step {
  let underWay = 0;
  return async function overload(call, next) {
    if (call.method.methodKind !== "unary") return next();
    if (underWay >= mostCalls) {
      const retryAfterMs = Math.round(RETRY_AFTER_MS + Math.random() * RETRY_SPREAD_MS);
      throw new Failure("TOO_BUSY", "The server has as much to do as it can. Try again shortly.", { retryAfterMs });
    }
    underWay++;
    try {
      return await next();
    } finally {
      underWay--;
    }
  };
}
