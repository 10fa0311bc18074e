/**
 * Calls by themselves: each was decided and none met a bug; and no reading of an order shows less than what somebody
 * had been told before it was asked for. Pure.
 */
import type { Attempt, Call } from "../history.ts";

/** How far an order is; none goes back. */
const RANK: Record<string, number> = { PENDING: 0, CONFIRMED: 1, SHIPPED: 2, DELIVERED: 3, CANCELLED: 4, REJECTED: 4 };

/** @param abandoned calls that their callers gave up on purpose */
export function brokenCalls(calls: Call[], abandoned: ReadonlySet<string>): string[] {
  const undecided = calls.filter(({ id, outcome }) => outcome === "unknown" && !abandoned.has(id));
  return [
    ...undecided.map(
      ({ what, id, attempts }) =>
        `the ${what} ${id} was never decided, in ${attempts.length} attempts: ${attempts.at(-1)?.reason}`,
    ),
    ...calls.flatMap(({ what, id, attempts }) =>
      attempts.filter(({ reason }) => reason === "INTERNAL").map(() => `the ${what} ${id} met a bug (INTERNAL)`),
    ),
  ];
}

export function brokenReads(calls: Call[]): string[] {
  const known = calls
    .filter(({ what }) => what !== "place" && what !== "check out")
    .flatMap(({ attempts }) => attempts.filter(({ order }) => order !== undefined));
  const byOrder = Map.groupBy(known, ({ order }) => order?.id);
  const reads = calls.filter(({ what }) => what === "read order");
  return reads.flatMap(({ attempts }) =>
    attempts.flatMap((attempt) => staleness(attempt, byOrder.get(attempt.order?.id) ?? [])),
  );
}

function staleness({ order, sentMs }: Attempt, known: Attempt[]): string[] {
  if (order === undefined) return [];
  const earlier = known.find((one) => one.endedMs < sentMs && rankOf(one) > (RANK[order.status] ?? 0));
  return earlier === undefined
    ? []
    : [`order ${order.id} was read as ${order.status} after somebody was told that it is ${earlier.order?.status}`];
}

function rankOf({ order }: Attempt): number {
  return RANK[order?.status ?? ""] ?? 0;
}
