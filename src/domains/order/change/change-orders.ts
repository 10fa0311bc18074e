/**
 * The repository of the steps that callers take with an order: confirm, cancel, ship, deliver.
 *
 * Locks are taken in the one order that every transaction keeps: the order first, then stock rows by (store, product),
 * then promotions by id. Placing locks no order that exists, and whoever locks many orders skips those that are
 * locked; so an order is never waited for by somebody who holds anything, and ten cancellations of one order wait for
 * it, not for the stock of others.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { noteChange } from "../../../platform/context/audit-notes.ts";
import { userDisabled } from "../../../platform/errors/failure.ts";
import { checkEtag } from "../../../platform/wire/etag.ts";
import { type TransactionOptions, withTransaction } from "../../../platform/database/transaction.ts";
import { LOCK_ORDER } from "./change-sql.ts";
import type { ChangeWriter, LockedOrder } from "./change-writer.ts";
import type { Owner } from "../order-filter.ts";
import { orderNotFound, type Orders, type OrderWithItems } from "../orders.ts";
import { ruleFor, type Step } from "./state-machine.ts";

export interface Transition {
  step: Exclude<Step, "expire">;
  ownedBy: Owner;
  /** "" for no check. */
  etag: string;
  actorId: string;
}

export class OrderChanges {
  readonly #database: Sequelize;
  readonly #orders: Orders;
  readonly #writer: ChangeWriter;

  constructor(database: Sequelize, { orders, writer }: { orders: Orders; writer: ChangeWriter }) {
    this.#database = database;
    this.#orders = orders;
    this.#writer = writer;
  }

  /**
   * Takes one step with an order: all that follows from it, or nothing.
   * @throws Failure ORDER_NOT_FOUND, STALE_ETAG, USER_DISABLED, WRONG_ORDER_STATUS, HOLD_EXPIRED
   */
  async change(
    id: string,
    { step, ownedBy, etag, actorId }: Transition,
    options: TransactionOptions,
  ): Promise<OrderWithItems> {
    return withTransaction(
      this.#database,
      async () => {
        const order = await this.#lock(id, ownedBy);
        checkEtag(etag, order.version);
        if (step === "confirm" && order.user_disabled && isService(ownedBy)) throw userDisabled(order.user_id);
        const rule = ruleFor(step, { id, status: order.status, holdExpired: order.hold_expired });
        noteChange({ path: "status", oldValue: order.status, newValue: rule.to });
        await this.#writer.write([{ order, rule }], actorId);
        return this.#orders.get(id, { ownedBy });
      },
      options,
    );
  }

  async #lock(id: string, owner: Owner): Promise<LockedOrder & { user_disabled: boolean }> {
    const user = typeof owner === "object" && "user" in owner ? owner.user : null;
    const placedBy = isService(owner) ? owner.service : null;
    const [order] = await runSql<LockedOrder & { user_disabled: boolean }>(this.#database, LOCK_ORDER, [
      id,
      user,
      placedBy,
    ]);
    if (order === undefined) throw orderNotFound(id);
    return order;
  }
}

function isService(owner: Owner): owner is { service: string } {
  return typeof owner === "object" && "service" in owner;
}
