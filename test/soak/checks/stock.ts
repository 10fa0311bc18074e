/** What staff did to the stock: each change that was answered stands in the ledger once, each that was refused not at all. Pure. */
import { type Call, isTainted, linesOf, type What } from "../history.ts";
import type { State, StoredMovements } from "../state.ts";

const CHANGES: ReadonlySet<What> = new Set(["set", "adjust", "transfer"]);

export function brokenStock(calls: Call[], { movements }: Pick<State, "movements">): string[] {
  const byCall = new Map(movements.map((moved) => [moved.callId, moved]));
  const changing = calls.filter(({ what }) => CHANGES.has(what));
  const asked = new Set(changing.map(({ id }) => id));
  const unasked = movements.filter(({ callId }) => !asked.has(callId));
  return [
    ...changing.flatMap((call) => brokenChange(call, byCall.get(call.id))),
    ...unasked.map(({ callId }) => `the ledger has movements of ${callId}, and nobody called so`),
  ];
}

function brokenChange(call: Call, moved: StoredMovements | undefined): string[] {
  const said = `the ${call.what} ${call.id}`;
  if (call.outcome === "refused" && !isTainted(call) && moved !== undefined) return [`${said} was refused, and done`];
  // Has no request_id: each attempt may find another quantity, and one that finds what it wants moves nothing.
  if (call.what === "set")
    return (moved?.count ?? 0) > call.attempts.length ? [`${said} was done ${moved?.count} times`] : [];
  if (call.outcome === "answered" && moved === undefined) return [`${said} was acknowledged, and nothing came of it`];
  const meant = linesOf(call.quantities);
  return moved === undefined || moved.deltas === meant
    ? []
    : [`${said} is ${moved.deltas} in the ledger, and should be ${meant}`];
}
