/** A small run in which every promise was kept, for tests that break one of them. */
import type { Evidence } from "./checks/all.ts";
import { keyOf } from "./checks/events.ts";
import { type Attempt, type Call, newCall, type ToldOrder } from "./history.ts";
import { faultKinds } from "./schedule.ts";
import type { StoredEvent } from "./state.ts";

export const USER = "user";
export const BYSTANDER = "bystander";
/** From one fault to the next. */
const FAULT_MS = 40_000;
const STORE = "store";

function told(id: string, status: string, lines = "mug×2"): ToldOrder {
  return { id, status, lines, total: 500 };
}

function attempt(sentMs: number, more: Partial<Attempt> = {}): Attempt {
  return { way: "gRPC", sentMs, endedMs: sentMs + 5, outcome: "answered", reason: "", order: undefined, ...more };
}

function answered(call: Pick<Call, "id" | "what"> & Partial<Call>, sentMs: number): Call {
  return newCall({ actor: USER, outcome: "answered", attempts: [attempt(sentMs, { order: call.order })], ...call });
}

function event(
  orderId: string,
  sequence: number,
  type: string,
  callId: string | undefined,
  position: number,
): StoredEvent {
  return { orderId, userId: USER, storeId: STORE, sequence, type, callId, position, atMs: 10_000 };
}

function calls(): Call[] {
  const unheard = attempt(0, { outcome: "unknown", reason: "Unavailable" });
  return [
    answered(
      {
        id: "placed",
        what: "place",
        order: told("sold", "CONFIRMED"),
        attempts: [unheard, attempt(10, { order: told("sold", "CONFIRMED") })],
      },
      10,
    ),
    answered({ id: "held", what: "place", order: told("kept", "PENDING") }, 20),
    answered({ id: "shipped", what: "ship", orderId: "sold", order: told("sold", "SHIPPED") }, 30),
    answered({ id: "read", what: "read order", orderId: "sold", order: told("sold", "SHIPPED") }, 40),
    newCall({ id: "given up", actor: USER, what: "place", attempts: [unheard] }),
    newCall({
      id: "late",
      actor: USER,
      what: "confirm",
      orderId: "kept",
      outcome: "refused",
      attempts: [attempt(50, { outcome: "refused", reason: "HOLD_EXPIRED" })],
    }),
    answered({ id: "adjusted", what: "adjust", quantities: { "store mug": 5 } }, 60),
    answered({ id: "counted", what: "set" }, 65),
    newCall({
      id: "too many",
      actor: USER,
      what: "transfer",
      outcome: "refused",
      attempts: [attempt(70, { outcome: "refused", reason: "INSUFFICIENT_STOCK" })],
    }),
    answered({ id: "added", what: "add to cart", quantities: { mug: 1 }, cart: { mug: 1 } }, 80),
    answered({ id: "looked", what: "look at cart", cart: { mug: 1 } }, 90),
    answered({ id: "checked out", what: "check out", order: told("bought", "CONFIRMED", "mug×1") }, 100),
    answered({ id: "added later", what: "add to cart", quantities: { pot: 2 }, cart: { pot: 2 } }, 110),
  ];
}

function stateAfter(events: StoredEvent[], mailed: StoredEvent[]): Evidence["state"] {
  const stored = { userId: USER, storeId: STORE, total: 500, lines: "mug×2", holdEndsMs: undefined };
  return {
    orders: [
      { ...stored, id: "sold", status: "SHIPPED" },
      { ...stored, id: "kept", status: "CANCELLED", holdEndsMs: 9_000 },
      { ...stored, id: "bought", status: "CONFIRMED", lines: "mug×1" },
    ],
    events,
    movements: [
      { callId: "adjusted", count: 1, deltas: "store mug×5" },
      { callId: "counted", count: 1, deltas: "store mug×-2" },
    ],
    mails: mailed.map(({ orderId, sequence }) => ({ orderId, sequence, done: true })),
    webhooks: events.map(({ orderId, sequence }) => ({ orderId, sequence, done: true })),
    carts: new Map([[USER, { pot: 2 }]]),
  };
}

/** A new one each time: tests change it. */
export function soundRun(): Evidence {
  const events = [
    event("sold", 1, "CONFIRMED", "placed", 1),
    event("kept", 1, "PENDING", "held", 2),
    event("sold", 2, "SHIPPED", "shipped", 3),
    event("kept", 2, "CANCELLED", undefined, 4),
    event("bought", 1, "CONFIRMED", "checked out", 5),
  ];
  const keys = events.map(keyOf);
  const mailed = events.filter(({ type }) => type !== "PENDING");
  return {
    calls: calls(),
    bystanders: new Set([BYSTANDER]),
    abandoned: new Set(["given up"]),
    state: stateAfter(events, mailed),
    watched: [
      { name: "who watches all", userId: undefined, storeId: undefined, seen: [...keys] },
      { name: "another store's", userId: undefined, storeId: "another", seen: [] },
    ],
    received: { mails: mailed.map(keyOf), webhooks: [...keys, ...keys.slice(0, 1)] },
    invariants: [],
    struck: faultKinds.map((kind, index) => ({
      kind,
      met: true,
      atMs: index * FAULT_MS,
      endedMs: (index + 1) * FAULT_MS,
      isLost: false,
      backAfterMs: 1,
      pauseMs: 1,
      hasty: false,
      forMs: 1,
      pick: 0,
    })),
    outages: [],
    forged: [],
    bugs: [],
  };
}
