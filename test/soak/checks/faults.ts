/** What faults must leave alone, and what must come back by itself. Pure. */
import { type Call, isPassing } from "../history.ts";
import type { FaultKind } from "../schedule.ts";
import type { Struck } from "../striking.ts";

/** What stands in the way of some, and of nobody else. */
const OF_SOME: ReadonlySet<FaultKind> = new Set<FaultKind>(["a stock row is locked", "a promotion is locked"]);
/** What was sent later than this before the end has no time to fail. */
const TIMEOUT_MS = 5_000;
/** Of fewer nothing is told. */
const LEAST = 5;
/** Some share a batch with those that the lock holds up. */
const MAY_FAIL = 0.2;

export function brokenReturns(struck: readonly Struck[]): string[] {
  return struck
    .filter(({ isLost }) => isLost)
    .map(({ kind, atMs }) => `at ${Math.round(atMs / 1_000)} s ${kind}, and nobody put another in its place`);
}

/** Until the next fault, which may be everybody's. */
export function brokenBystanders(
  calls: readonly Call[],
  bystanders: ReadonlySet<string>,
  struck: readonly Struck[],
): string[] {
  const attempts = calls.filter(({ actor }) => bystanders.has(actor)).flatMap((call) => call.attempts);
  return struck.flatMap(({ kind, met, hasty, atMs, endedMs = Number.POSITIVE_INFINITY }, index) => {
    if (!met || hasty || !OF_SOME.has(kind)) return [];
    const untilMs = Math.min(endedMs, struck[index + 1]?.atMs ?? Number.POSITIVE_INFINITY) - TIMEOUT_MS;
    const meanwhile = attempts.filter(({ sentMs }) => sentMs >= atMs && sentMs < untilMs);
    const failed = meanwhile.filter(isPassing).length;
    if (meanwhile.length < LEAST || failed <= MAY_FAIL * meanwhile.length) return [];
    return [
      `at ${Math.round(atMs / 1_000)} s ${kind}, and ${failed} of ${meanwhile.length} attempts at what is not locked got no answer`,
    ];
  });
}
