/** Makes one call as a careful client does: again with the same id, by either way, until it is known what came of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Order } from "../../gen/bodega/order/v1/order_pb.ts";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { currencyOf, fromMoney } from "../../src/platform/wire/money.ts";
import { statusName } from "../support/order-status.ts";
import type { Account } from "./accounts.ts";
import { type Attempt, type Call, isPassing, linesOf, type ToldCart, type ToldOrder } from "./history.ts";
import type { Manner, Way } from "./workload.ts";

/** What an answer says, as far as it is checked. */
export interface Told {
  order?: Order | undefined;
  cart?: ToldCart | undefined;
}

export interface Sending {
  account: Account;
  call: Call;
  way: Way;
  manner?: Manner;
  /** Milliseconds since the run began. */
  now: () => number;
  send(way: Way, options: { headers: Record<string, string>; timeoutMs: number }): Promise<Told>;
}

const TIMEOUT_MS = 5_000;
const PAUSE_MS = 150;
/** Far above any outage of a run. */
const PATIENCE_MS = 120_000;
/** The server's own words for "it may have been done". */
const UNKNOWN = new Set(["UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELED", "INTERNAL"]);
const USD = currencyOf("USD");

/** Notes every attempt in the call, and in the end what came of it. */
export async function insist(sending: Sending): Promise<void> {
  const { call, way, manner = "insists" } = sending;
  if (manner === "asks twice") {
    await Promise.all([untilKnown(sending, way), untilKnown(sending, otherThan(way))]);
    return;
  }
  if (manner === "insists") return untilKnown(sending, way);
  conclude(call, await attempt(sending, way, manner.givesUpAfterMs));
}

async function untilKnown(sending: Sending, first: Way): Promise<void> {
  const endMs = sending.now() + PATIENCE_MS;
  for (let way = first; ; way = otherThan(way)) {
    const made = await attempt(sending, way, TIMEOUT_MS);
    if (made.reason === "INVALID_TOKEN") await sending.account.signIn(way, TIMEOUT_MS).catch(() => undefined);
    if (!isPassing(made) || sending.now() > endMs) return conclude(sending.call, made);
    await sleep(PAUSE_MS);
  }
}

interface Made extends Attempt {
  cart: ToldCart | undefined;
}

async function attempt({ account, call, now, send }: Sending, way: Way, timeoutMs: number): Promise<Made> {
  const made: Made = {
    way,
    sentMs: now(),
    endedMs: 0,
    outcome: "answered",
    reason: "",
    order: undefined,
    cart: undefined,
  };
  try {
    const { order, cart } = await send(way, { headers: account.headers(call.id), timeoutMs });
    Object.assign(made, { order: order === undefined ? undefined : toldOrder(order), cart });
  } catch (error) {
    Object.assign(made, failureOf(error));
  }
  made.endedMs = now();
  const { cart: _, ...kept } = made;
  call.attempts.push(kept);
  return made;
}

/** A refusal by the server's own reason was not done; all else may have been. */
function failureOf(error: unknown): Pick<Attempt, "outcome" | "reason"> {
  if (!(error instanceof ConnectError)) throw error;
  const [info] = error.findDetails(ErrorInfoSchema);
  if (info === undefined) return { outcome: "unknown", reason: Code[error.code] };
  return { outcome: UNKNOWN.has(info.reason) ? "unknown" : "refused", reason: info.reason };
}

function conclude(call: Call, made: Made): void {
  // Of two that were asked at once, an answer counts for both.
  if (call.outcome === "answered") return;
  Object.assign(call, { outcome: isPassing(made) ? "unknown" : made.outcome, order: made.order, cart: made.cart });
}

function otherThan(way: Way): Way {
  return way === "gRPC" ? "JSON" : "gRPC";
}

function toldOrder({ id, status, items, total }: Order): ToldOrder {
  const lines = linesOf(
    Object.fromEntries(items.map(({ productId, quantityRequested }) => [productId, quantityRequested])),
  );
  return {
    id,
    status: statusName(status),
    lines,
    total: total === undefined ? 0 : Number(fromMoney(total, USD, "total")),
  };
}
