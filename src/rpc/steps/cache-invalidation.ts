/**
 * Step: a write is answered only after every process has dropped what it made stale.
 *
 * Outside the step that commits, and also after a failure: a COMMIT whose answer was lost may have happened.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import type { Answer, Call, Next, Step } from "../call.ts";

export function cacheInvalidationStep(writes: readonly DescMethod[], announce: () => Promise<void>): Step {
  const announced = new Set(writes);
  return async function announceWrites(call: Call, next: Next): Promise<Answer> {
    if (!announced.has(call.method)) return next();
    try {
      return await next();
    } finally {
      await announce();
    }
  };
}
