/** Every promise of a run, held against its history and against what the database and the receivers have. Pure. */
import type { Call } from "../history.ts";
import type { State } from "../state.ts";
import { type Struck, unmet } from "../striking.ts";
import { brokenCarts } from "./carts.ts";
import { brokenMails, brokenPositions, brokenWatches, brokenWebhooks, type Received, type Watched } from "./events.ts";
import { brokenBystanders, brokenReturns } from "./faults.ts";
import { brokenOrders } from "./orders.ts";
import { brokenCalls, brokenReads } from "./reads.ts";
import { brokenRefusals } from "./refusals.ts";
import { brokenStock } from "./stock.ts";

export interface Evidence {
  calls: Call[];
  /** Ids of users who want nothing that anybody locks. */
  bystanders: ReadonlySet<string>;
  /** Ids of calls that were given up on purpose. */
  abandoned: ReadonlySet<string>;
  state: State;
  watched: Watched[];
  received: Received;
  /** What readings in mid-run and the last one found, as sentences. */
  invariants: string[];
  struck: Struck[];
  /** After which faults orders did not go on; webhook messages that are not signed by us; what was logged as a bug: as sentences. */
  outages: string[];
  forged: string[];
  bugs: string[];
}

/** By the promise: what breaks it, as sentences; none where it was kept. */
export function judge({
  calls,
  bystanders,
  abandoned,
  state,
  watched,
  received,
  struck,
  ...found
}: Evidence): Map<string, string[]> {
  return new Map([
    ["every call was decided, and none met a bug", brokenCalls(calls, abandoned)],
    ["nothing was refused for which nobody gave cause", brokenRefusals(calls)],
    ["no acknowledged order is missing, none double, none unasked", brokenOrders(calls, state)],
    ["no reading falls behind what was told", brokenReads(calls)],
    ["stock, ledger, orders and promotions agree in every reading", found.invariants],
    ["each change of the stock stands in the ledger once", brokenStock(calls, state)],
    ["carts hold what was put in them", brokenCarts(calls, state)],
    ["events have positions without gaps, in their orders' order", brokenPositions(state)],
    ["watchers saw each event once, in order", brokenWatches(watched, state)],
    ["every webhook was called", brokenWebhooks(received, state)],
    ["webhooks are signed", found.forged],
    ["every mail arrived, in its order's order", brokenMails(received, state)],
    ["every kind of fault struck", unmet(struck).map((kind) => `never once: ${kind}`)],
    ["orders go on after every fault", found.outages],
    ["a process that is frozen is replaced, and a machine that is lost gives up its locks", brokenReturns(struck)],
    ["a locked row holds up nobody who does not need it", brokenBystanders(calls, bystanders, struck)],
    ["API and workers logged no bug", found.bugs],
  ]);
}
