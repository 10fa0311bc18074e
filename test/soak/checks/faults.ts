/** What faults must leave alone, and what must come back by itself. Pure. */
import { type Attempt, type Call, isPassing } from "../history.ts";
import type { FaultKind } from "../schedule.ts";
import type { Struck } from "../striking.ts";

/** What stands in the way of some, and of nobody else. */
const OF_SOME: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "a stock row is locked",
  "a promotion is locked",
  "a machine is lost in mid-batch",
]);
/** What was sent later than this before the end has no time to fail. */
const TIMEOUT_MS = 5_000;
/** Of fewer nothing is told. */
const LEAST = 5;
/**
 * So much of their waiting may be in vain. It is counted by time, since an attempt in vain takes as long as forty that
 * are answered: who hears nothing for ten seconds has made two. It is not nothing, since a cancellation that needs a
 * locked row waits for it up to four seconds, its other rows in hand, and may come again; a quarter was the most seen.
 */
const MAY_BE_IN_VAIN = 0.5;

export function brokenReturns(struck: readonly Struck[]): string[] {
  return struck
    .filter(({ isLost }) => isLost)
    .map(({ kind, atMs }) => `at ${Math.round(atMs / 1_000)} s ${kind}, and ${whatIsLost(kind)}`);
}

function whatIsLost(kind: FaultKind): string {
  return kind === "a machine is lost in mid-batch"
    ? "its locks were not freed, or it did not come back"
    : "nobody put another in its place";
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
    const inVain = meanwhile.filter(isPassing);
    if (meanwhile.length < LEAST || waited(inVain) <= MAY_BE_IN_VAIN * waited(meanwhile)) return [];
    return [
      `at ${Math.round(atMs / 1_000)} s ${kind}, and ${inVain.length} of ${meanwhile.length} attempts at what is not locked got no answer`,
    ];
  });
}

function waited(attempts: readonly Attempt[]): number {
  return attempts.reduce((sum, { sentMs, endedMs }) => sum + endedMs - sentMs, 0);
}
