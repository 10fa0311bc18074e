/**
 * Quotes: what an order would cost now, and whether it would be confirmed.
 *
 * The same pure decision as placing, on facts that are read without a lock: a quote promises nothing, so it waits for
 * nobody, and cannot differ from the order in anything but what has changed meanwhile.
 */
import type { Sequelize } from "sequelize";
import type { Redemptions } from "../../promotion/redemptions.ts";
import { quoteFacts } from "./read-facts.ts";
import { type Line, decideOrder, type PlacedOrder } from "./decide.ts";

export interface QuoteRequest {
  storeId: string;
  /** Each product once. */
  lines: readonly Line[];
  /** "" for none. */
  promoCode: string;
  /** Whose uses of a promotion count; undefined for somebody who is not signed in. */
  userId: string | undefined;
}

export class Quotes {
  readonly #parts: { database: Sequelize; promotions: Redemptions };

  constructor(database: Sequelize, promotions: Redemptions) {
    this.#parts = { database, promotions };
  }

  /** The order as it would be placed now. @throws Failure as `decideOrder` of decide.ts */
  async quote({ userId, ...asked }: QuoteRequest): Promise<PlacedOrder> {
    const buyer = userId ?? "";
    const wish = { ...asked, userId: buyer, placedBy: buyer, holdMs: undefined };
    return decideOrder(wish, await quoteFacts(wish, userId, this.#parts));
  }
}
