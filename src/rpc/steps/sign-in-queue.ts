/**
 * Step: lets a crowd of sign-ins in little by little, so that other calls get their turn between them.
 *
 * Refusing a sign-in costs 100–200 µs, nearly all of it behind this step; ten thousand that come at once would keep the
 * event loop for one or two seconds, and every other call would wait for their end. A few in each turn of the loop take
 * as long in all, and the others wait for those few only.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { Failure } from "../../platform/errors/failure.ts";
import type { Step } from "../call.ts";

/** Half a millisecond of work. */
const PER_TURN = 3;
/** A few seconds of work; a call that waits holds some kilobytes. */
const MAX_WAITING = 10_000;
const RETRY_AFTER_MS = 5_000;

/** @param methods those that take turns */
export function signInQueueStep(methods: readonly DescMethod[]): Step {
  const limited = new Set(methods);
  const waiting: (() => void)[] = [];
  let letIn = 0;

  function nextTurn(): void {
    letIn = 0;
    for (const enter of waiting.splice(0, PER_TURN)) {
      letIn++;
      enter();
    }
    if (letIn > 0) setImmediate(nextTurn);
  }

  return async function turns(call, next) {
    if (!limited.has(call.method)) return next();
    if (waiting.length >= MAX_WAITING) {
      throw new Failure("TOO_BUSY", "Too many people are signing in. Try again in a moment.", {
        retryAfterMs: RETRY_AFTER_MS,
      });
    }
    if (letIn === 0) setImmediate(nextTurn);
    if (letIn < PER_TURN) letIn++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return next();
  };
}
