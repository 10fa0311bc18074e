/** Reads what orders rest on: for a batch that is placed with its locks, for a quote without any. */
import type { Sequelize, Transaction } from "sequelize";
import { storedResponsesOf } from "../../../platform/idempotency/stored-responses.ts";
import { runSql } from "../../../platform/database/database.ts";
import type { StatementRunner } from "../../../platform/database/prepared-statements.ts";
import type { StoredResponse } from "../../../platform/idempotency/request-key.ts";
import {
  type PromotionsByCode,
  promotionsOf,
  type Redemptions,
  type PromotionWithUses,
} from "../../promotion/redemptions.ts";
import type { CartLineRow, CartSource } from "./cart-source.ts";
import { type Facts, type Offer, type OpenStore, stockKey, type OrderRequest } from "./decide.ts";
import { lockStockWithCarts, QUOTED, UNSTOCKED } from "./place-sql.ts";
import { type Asked, type FactRow, type Pair, pairColumns, pairsOf, readSetOf, sendReads } from "./read-set.ts";

export interface BatchFacts extends Facts {
  /** What is in the carts that are ordered, by user. */
  carts: Map<string, CartLineRow[]>;
  /** Answers that the claims have had before, by `keyText`. */
  answers: Map<string, StoredResponse>;
}

export interface ReadOptions {
  /** Whether to look for kept answers. */
  answers: boolean;
  /** Told what is in the carts, also where the wait for the stock was in vain: then these are the rows that were waited for. */
  onCarts: (carts: BatchFacts["carts"]) => void;
}

export interface FactReader {
  /** @throws Error LOCK_NOT_AVAILABLE and what else PostgreSQL has to say */
  read(transaction: Transaction, asked: Asked[], options: ReadOptions): Promise<BatchFacts>;
}

/** One round trip, however much a batch rests on; another where a line has no stock row. */
export function factReader(statements: StatementRunner, cartSource: CartSource): FactReader {
  const cart = { lock: cartSource.lock, read: cartSource.read, lockStock: lockStockWithCarts(cartSource.pairs) };
  return {
    async read(transaction, asked, { answers, onCarts }) {
      const set = readSetOf(asked, answers);
      const sent = await statements.run(transaction, (send) => sendReads(send, set, cart));
      const answered = storedResponsesOf((await sent.answered) ?? [], set.claims);
      await sent.cartLocks;
      const carts = Map.groupBy((await sent.cartLines) ?? [], ({ user_id }) => user_id);
      onCarts(carts);
      const found = await sent.stock;
      const promotions = lockedOf(await sent.promotionLocks, await sent.promotions);
      const openHolds = new Map(((await sent.openHolds) ?? []).map(({ user_id, count }) => [user_id, count]));
      const [clock] = (await sent.clock) ?? [];
      const unstocked = await readUnstocked(transaction, withCarts(set.pairs, set.checkouts, carts), found);
      return {
        ...factsOf([...found, ...unstocked]),
        answers: answered,
        carts,
        promotions,
        openHolds,
        now: clock?.now ?? new Date(),
      };
    },
  };

  async function readUnstocked(
    transaction: Transaction,
    pairs: Map<string, Pair>,
    found: FactRow[],
  ): Promise<FactRow[]> {
    for (const row of found) pairs.delete(stockKey(row.store_id, row.product_id));
    if (pairs.size === 0) return [];
    return (await statements.run(transaction, (send) => ({ rows: send<FactRow>(UNSTOCKED, pairColumns(pairs)) }))).rows;
  }
}

/** @param userId whose uses of a promotion count; undefined for somebody who is not signed in */
export async function quoteFacts(
  wish: OrderRequest,
  userId: string | undefined,
  { database, promotions }: { database: Sequelize; promotions: Redemptions },
): Promise<Facts> {
  const rows = await runSql<FactRow & { now: Date }>(database, QUOTED, pairColumns(pairsOf([wish])));
  const codes = wish.promoCode === "" ? [] : [wish.promoCode];
  const found = codes.length === 0 ? new Map() : await promotions.find(codes, userId === undefined ? [] : [userId]);
  return { ...factsOf(rows), promotions: found, openHolds: new Map(), now: rows[0]?.now ?? new Date() };
}

/** A code that came to another promotion after the lock was taken is none of those that are locked. */
function lockedOf(locks: { id: string }[] = [], rows: PromotionWithUses[] = []): PromotionsByCode {
  const locked = new Set(locks.map(({ id }) => id));
  return promotionsOf(rows.filter(({ id }) => locked.has(id)));
}

function withCarts(pairs: Map<string, Pair>, checkouts: OrderRequest[], carts: BatchFacts["carts"]): Map<string, Pair> {
  for (const { storeId, userId } of checkouts) {
    for (const { product_id: productId } of carts.get(userId) ?? [])
      pairs.set(stockKey(storeId, productId), { storeId, productId });
  }
  return pairs;
}

function factsOf(rows: FactRow[]): Pick<Facts, "stores" | "offers" | "stock"> {
  const stores = new Map<string, OpenStore>();
  const offers = new Map<string, Offer>();
  const stock = new Map<string, bigint>();
  for (const { store_id, product_id, quantity, store, store_active, sku, title, price, active } of rows) {
    if (store !== null) stores.set(store_id, { name: store, active: store_active === true });
    if (sku !== null && title !== null && price !== null && !offers.has(product_id)) {
      offers.set(product_id, { productId: product_id, sku, title, unitPrice: BigInt(price), active: active === true });
    }
    if (quantity !== null) stock.set(stockKey(store_id, product_id), BigInt(quantity));
  }
  return { stores, offers, stock };
}
