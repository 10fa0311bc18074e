/** What a run came to, in numbers. Pure. */
import type { Received } from "./checks/events.ts";
import { type Call, isTainted } from "./history.ts";
import type { Load } from "./load.ts";
import { faultKinds } from "./schedule.ts";
import type { State } from "./state.ts";

export function figuresOf(
  { scene: { calls, abandoned }, striking: { struck }, watchings, readings }: Load,
  { orders, events }: State,
  { mails, webhooks }: Received,
): Record<string, number> {
  const tainted = calls.filter((call) => isTainted(call) && !abandoned.has(call.id));
  const back = struck.flatMap(({ backAfterMs }) => backAfterMs ?? []);
  return {
    calls: calls.length,
    "attempts at them": calls.reduce((sum, { attempts }) => sum + attempts.length, 0),
    "calls with an attempt of unknown outcome": tainted.length,
    "of them decided in the end": tainted.filter(({ outcome }) => outcome !== "unknown").length,
    "calls given up on purpose": abandoned.size,
    "of them done all the same": doneThough(calls, abandoned, events),
    faults: struck.length,
    ...Object.fromEntries(
      faultKinds.map((kind) => [`… ${kind}`, struck.filter((one) => one.kind === kind && one.met).length]),
    ),
    "… nothing was there to strike at": struck.filter(({ met }) => !met).length,
    "ms at most until what was struck was back and orders went on": Math.max(0, ...back),
    orders: orders.length,
    events: events.length,
    "streams of watchers": watchings.reduce((sum, { streams }) => sum + streams, 0),
    "mails that arrived": new Set(mails).size,
    "times that one came again": mails.length - new Set(mails).size,
    "webhook messages that arrived": new Set(webhooks).size,
    "times that one of these came again": webhooks.length - new Set(webhooks).size,
    readings: readings.count(),
  };
}

/** Of those that nobody waited for: the answer never came, the order did. */
function doneThough(calls: Call[], abandoned: ReadonlySet<string>, events: State["events"]): number {
  const caused = new Set(events.map(({ callId }) => callId));
  return calls.filter(({ id, outcome }) => abandoned.has(id) && outcome === "unknown" && caused.has(id)).length;
}
