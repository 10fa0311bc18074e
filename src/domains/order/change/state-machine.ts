/**
 * The order's state machine as a table: which step leads from where to where, and what it does to the stock.
 *
 * Pure data and a lookup, so that a step that is not in the table cannot be taken by any path. The table is held
 * against itself when the process starts: a status that nothing reaches, or that nothing leaves although it is not an
 * end, is a mistake in the table and stops the start.
 */
import { Failure } from "../../../platform/errors/failure.ts";
import type { OrderStatus } from "../model.ts";

export type Step = "confirm" | "cancel" | "expire" | "ship" | "deliver";

/** What a step does with each line, for one unit of it: added to what can be sold, and to what is reserved. */
export interface StockEffect {
  /** The ledger's kind. */
  kind: "SALE" | "RELEASE" | "CANCELLATION";
  quantity: 0 | 1;
  reserved: 0 | -1;
}

export interface Rule {
  step: Step;
  from: OrderStatus;
  to: OrderStatus;
  /** undefined: the stock stays as it is. */
  stock: StockEffect | undefined;
}

/** Where PlaceOrder begins. */
const ENTRIES: readonly OrderStatus[] = ["PENDING", "CONFIRMED", "REJECTED"];
const ENDS: readonly OrderStatus[] = ["REJECTED", "CANCELLED", "DELIVERED"];

const SELL_RESERVED: StockEffect = { kind: "SALE", quantity: 0, reserved: -1 };
const RELEASE: StockEffect = { kind: "RELEASE", quantity: 1, reserved: -1 };
const RESTOCK: StockEffect = { kind: "CANCELLATION", quantity: 1, reserved: 0 };

export const rules: readonly Rule[] = [
  { step: "confirm", from: "PENDING", to: "CONFIRMED", stock: SELL_RESERVED },
  { step: "cancel", from: "PENDING", to: "CANCELLED", stock: RELEASE },
  { step: "cancel", from: "CONFIRMED", to: "CANCELLED", stock: RESTOCK },
  { step: "expire", from: "PENDING", to: "CANCELLED", stock: RELEASE },
  { step: "ship", from: "CONFIRMED", to: "SHIPPED", stock: undefined },
  { step: "deliver", from: "SHIPPED", to: "DELIVERED", stock: undefined },
];

const mistakes = mistakesIn(rules);
if (mistakes.length > 0) throw new TypeError(`the order's state machine: ${mistakes.join("; ")}`);

/** The rule that applies. @throws Failure HOLD_EXPIRED, WRONG_ORDER_STATUS */
export function ruleFor(step: Step, order: { id: string; status: OrderStatus; holdExpired: boolean }): Rule {
  const rule = rules.find((one) => one.step === step && one.from === order.status);
  if (rule === undefined) {
    throw new Failure("WRONG_ORDER_STATUS", `The order is ${order.status}; ${startsOf(step)}.`, {
      metadata: { order_id: order.id, status: order.status },
    });
  }
  if (step === "confirm" && order.holdExpired) {
    throw new Failure("HOLD_EXPIRED", "The order's hold has ended; its stock is for sale again. Place a new order.", {
      metadata: { order_id: order.id },
    });
  }
  return rule;
}

function startsOf(step: Step): string {
  const froms = rules.filter((rule) => rule.step === step).map(({ from }) => from);
  return `only from ${froms.join(" or ")} can one ${step} it`;
}

/** What is wrong with a table, in sentences; none for a sound one. */
export function mistakesIn(table: readonly Rule[]): string[] {
  const reached = reachable(table, ENTRIES);
  const statuses = new Set<OrderStatus>([...ENTRIES, ...ENDS, ...table.flatMap(({ from, to }) => [from, to])]);
  const found: string[] = [];
  for (const status of statuses) {
    const leaves = table.some(({ from }) => from === status);
    const isEnd = ENDS.includes(status);
    if (!reached.has(status)) found.push(`nothing leads to ${status}`);
    if (isEnd && leaves) found.push(`${status} is an end, and something leaves it`);
    if (!isEnd && !ENDS.some((end) => reachable(table, [status]).has(end)))
      found.push(`no end is reached from ${status}`);
  }
  const keys = table.map(({ step, from }) => `${step} from ${from}`);
  const twice = keys.filter((key, index) => keys.indexOf(key) !== index);
  return [...found, ...twice.map((key) => `${key} is there twice`)];
}

function reachable(table: readonly Rule[], from: readonly OrderStatus[]): Set<OrderStatus> {
  const reached = new Set(from);
  // A set that grows while it is walked is walked to its end.
  for (const status of reached) {
    for (const rule of table) if (rule.from === status) reached.add(rule.to);
  }
  return reached;
}
