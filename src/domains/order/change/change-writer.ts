/**
 * Writes what steps do to orders: their status, their stock, the ledger, the uses of promotions, their events.
 *
 * Who calls has locked the orders; here their stock is locked by (store, product), then their promotions by id: the
 * one order that every transaction keeps. Any number of orders costs the same few statements.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { newId } from "../../../platform/wire/uuid.ts";
import { metrics } from "../../../platform/telemetry/metrics.ts";
import { currentCause } from "../../../platform/context/cause.ts";
import { afterCommit } from "../../../platform/database/transaction.ts";
import type { Redemptions, Redemption } from "../../promotion/redemptions.ts";
import { LOCK_STOCK_OF_ORDERS, WRITE_CHANGES } from "./change-sql.ts";
import type { CancelReason, OrderStatus } from "../model.ts";
import type { Rule, StockEffect } from "./state-machine.ts";

/** An order as its lock showed it. */
export interface LockedOrder {
  store_id: string;
  id: string;
  status: OrderStatus;
  version: number;
  promotion_id: string | null;
  user_id: string;
  hold_expired: boolean;
}

/** An order with the rule that applies to it. */
export interface RuledOrder {
  order: LockedOrder;
  rule: Rule;
}

interface LockedLine {
  order_id: string;
  store_id: string;
  product_id: string;
  quantity: string;
}

export interface ChangeWriterDeps {
  promotions: Redemptions;
  /** Told after the commit that there are events: a wake-up, which neither waits nor throws. */
  onEvents: () => void;
}

export class ChangeWriter {
  readonly #database: Sequelize;
  readonly #promotions: Redemptions;
  readonly #onEvents: () => void;

  constructor(database: Sequelize, { promotions, onEvents }: ChangeWriterDeps) {
    this.#database = database;
    this.#promotions = promotions;
    this.#onEvents = onEvents;
  }

  /** In the transaction that locked the orders. @param actorId who did it; undefined: the system by itself */
  async write(ruled: RuledOrder[], actorId: string | undefined): Promise<void> {
    const movements = await this.#movements(ruled);
    const cancelled = ruled.filter(({ rule }) => rule.to === "CANCELLED").map(({ order }) => order);
    await this.#promotions.giveBack(cancelled.flatMap(toRedemption));
    const { requestId, traceparent } = currentCause() ?? {};
    await runSql(this.#database, WRITE_CHANGES, [
      ruled.map(({ order }) => order.store_id),
      ruled.map(({ order }) => order.id),
      ruled.map(({ rule }) => rule.to),
      ruled.map(({ rule }) => cancelReasonOf(rule)),
      ...movements,
      actorId ?? null,
      requestId ?? null,
      traceparent ?? null,
    ]);
    await afterCommit(() => {
      for (const { rule } of ruled) metrics.orders.inc({ status: rule.to });
      this.#onEvents();
    });
  }

  /** Locks the stock that the rules touch. @returns the movements, a column each */
  async #movements(ruled: RuledOrder[]): Promise<unknown[][]> {
    const effects = new Map<string, StockEffect>();
    for (const { order, rule } of ruled) if (rule.stock !== undefined) effects.set(order.id, rule.stock);
    const touching = ruled.filter(({ order }) => effects.has(order.id)).map(({ order }) => order);
    if (touching.length === 0) return [[], [], [], [], [], [], []];
    const lines = await runSql<LockedLine>(this.#database, LOCK_STOCK_OF_ORDERS, [
      touching.map(({ store_id }) => store_id),
      touching.map(({ id }) => id),
    ]);
    const moved = lines.flatMap((line) => {
      const effect = effects.get(line.order_id);
      return effect === undefined ? [] : [{ ...line, effect, quantity: BigInt(line.quantity) }];
    });
    return [
      moved.map(({ store_id }) => store_id),
      moved.map(() => newId()),
      moved.map(({ product_id }) => product_id),
      moved.map(({ order_id }) => order_id),
      moved.map(({ effect, quantity }) => (quantity * BigInt(effect.quantity)).toString()),
      moved.map(({ effect, quantity }) => (quantity * BigInt(effect.reserved)).toString()),
      moved.map(({ effect }) => effect.kind),
    ];
  }
}

function toRedemption({ id, user_id, promotion_id }: LockedOrder): Redemption[] {
  return promotion_id === null ? [] : [{ promotionId: promotion_id, userId: user_id, orderId: id }];
}

function cancelReasonOf({ step, to }: Rule): CancelReason | null {
  if (to !== "CANCELLED") return null;
  return step === "expire" ? "HOLD_EXPIRED" : "REQUESTED";
}
