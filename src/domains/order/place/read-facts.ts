/** Reads what orders rest on: for a batch that is placed with its locks, for a quote without any. */
import type { Sequelize, Transaction } from "sequelize";
import {
  type StoredResponseRow,
  storedResponsesOf,
  READ_STORED_RESPONSES,
} from "../../../platform/idempotency/stored-responses.ts";
import { texts, uuids } from "../../../platform/database/binary-array.ts";
import { select } from "../../../platform/database/database.ts";
import type { StatementRunner } from "../../../platform/database/prepared-statements.ts";
import type { StoredResponse, Claim } from "../../../platform/idempotency/request-key.ts";
import {
  type PromotionsByCode,
  promotionsOf,
  type Redemptions,
  type PromotionWithUses,
} from "../../promotion/redemptions.ts";
import { LOCK_PROMOTIONS, READ_PROMOTIONS } from "../../promotion/redemption-sql.ts";
import type { CartLineRow, CartSource } from "./cart-source.ts";
import { type Facts, type Offer, type OpenStore, stockKey, type OrderRequest } from "./decide.ts";
import { CLOCK, LOCK_STOCK, lockStockWithCarts, OPEN_HOLDS, QUOTED, UNSTOCKED } from "./place-sql.ts";

/** An order that is asked for, as far as it says what to read. */
export interface Asked {
  wish: OrderRequest;
  claim: Claim | undefined;
  /** Whether its lines are those of the user's cart. */
  fromCart: boolean;
  /** Whether a customer places it, whose open holds are limited. */
  byCustomer: boolean;
}

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

/** A pair of store and product; nulls where there is no such thing. */
interface FactRow {
  store_id: string;
  product_id: string;
  quantity: string | null;
  store: string | null;
  store_active: boolean | null;
  sku: string | null;
  title: string | null;
  price: string | null;
  active: boolean | null;
}

interface Pair {
  storeId: string;
  productId: string;
}

/**
 * One round trip, however much a batch rests on: kept answers, then the locks in the one order that every transaction
 * keeps (carts, stock, promotions), each followed by what is read under it, and the clock last.
 */
export function factReader(statements: StatementRunner, cartSource: CartSource): FactReader {
  const lockWithCarts = lockStockWithCarts(cartSource.pairs);
  return {
    async read(transaction, asked, { answers, onCarts }) {
      const claims = answers ? asked.flatMap(({ claim }) => claim ?? []) : [];
      const checkouts = asked.filter(({ fromCart }) => fromCart).map(({ wish }) => wish);
      const buyers = [uuids([...new Set(checkouts.map(({ userId }) => userId))])];
      const wishes = asked.map(({ wish }) => wish);
      const promoted = wishes.filter(({ promoCode }) => promoCode !== "");
      const codes = texts(codesOf(promoted));
      const pairs = pairsOf(wishes);
      const holders = asked
        .filter(({ byCustomer, wish }) => byCustomer && wish.holdMs !== undefined)
        .map(({ wish }) => wish);
      const isTimed = promoted.length > 0 || wishes.some(({ holdMs }) => holdMs !== undefined);
      const sent = await statements.run(transaction, (send) => ({
        answered:
          claims.length === 0 ? undefined : send<StoredResponseRow>(READ_STORED_RESPONSES, claimColumns(claims)),
        cartLocks: checkouts.length === 0 ? undefined : send(cartSource.lock, buyers),
        cartLines: checkouts.length === 0 ? undefined : send<CartLineRow>(cartSource.read, buyers),
        stock:
          checkouts.length === 0
            ? send<FactRow>(LOCK_STOCK, columns(pairs))
            : send<FactRow>(lockWithCarts, [...columns(pairs), ...checkoutColumns(checkouts)]),
        promotionLocks: promoted.length === 0 ? undefined : send<{ id: string }>(LOCK_PROMOTIONS, [codes]),
        promotions:
          promoted.length === 0
            ? undefined
            : send<PromotionWithUses>(READ_PROMOTIONS, [codes, uuids(usersOf(promoted))]),
        openHolds:
          holders.length === 0
            ? undefined
            : send<{ user_id: string; count: number }>(OPEN_HOLDS, [uuids(usersOf(holders))]),
        clock: isTimed ? send<{ now: Date }>(CLOCK, []) : undefined,
      }));
      const answered = storedResponsesOf((await sent.answered) ?? [], claims);
      await sent.cartLocks;
      const carts = Map.groupBy((await sent.cartLines) ?? [], ({ user_id }) => user_id);
      onCarts(carts);
      const found = await sent.stock;
      const promotions = lockedOf(await sent.promotionLocks, await sent.promotions);
      const openHolds = new Map(((await sent.openHolds) ?? []).map(({ user_id, count }) => [user_id, count]));
      const [clock] = (await sent.clock) ?? [];
      const unstocked = await readUnstocked(transaction, withCarts(pairs, checkouts, carts), found);
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
    return (await statements.run(transaction, (send) => ({ rows: send<FactRow>(UNSTOCKED, columns(pairs)) }))).rows;
  }
}

/** @param userId whose uses of a promotion count; undefined for somebody who is not signed in */
export async function quoteFacts(
  wish: OrderRequest,
  userId: string | undefined,
  { database, promotions }: { database: Sequelize; promotions: Redemptions },
): Promise<Facts> {
  const rows = await select<FactRow & { now: Date }>(database, QUOTED, columns(pairsOf([wish])));
  const codes = wish.promoCode === "" ? [] : [wish.promoCode];
  const found = codes.length === 0 ? new Map() : await promotions.find(codes, userId === undefined ? [] : [userId]);
  return { ...factsOf(rows), promotions: found, openHolds: new Map(), now: rows[0]?.now ?? new Date() };
}

/** A code that came to another promotion after the lock was taken is none of those that are locked. */
function lockedOf(locks: { id: string }[] = [], rows: PromotionWithUses[] = []): PromotionsByCode {
  const locked = new Set(locks.map(({ id }) => id));
  return promotionsOf(rows.filter(({ id }) => locked.has(id)));
}

export function pairsOf(wishes: Pick<OrderRequest, "storeId" | "lines">[]): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const { storeId, lines } of wishes) {
    for (const { productId } of lines) pairs.set(stockKey(storeId, productId), { storeId, productId });
  }
  return pairs;
}

function withCarts(pairs: Map<string, Pair>, checkouts: OrderRequest[], carts: BatchFacts["carts"]): Map<string, Pair> {
  for (const { storeId, userId } of checkouts) {
    for (const { product_id: productId } of carts.get(userId) ?? [])
      pairs.set(stockKey(storeId, productId), { storeId, productId });
  }
  return pairs;
}

function columns(pairs: Map<string, Pair>): Buffer[] {
  const rows = [...pairs.values()];
  return [uuids(rows.map(({ storeId }) => storeId)), uuids(rows.map(({ productId }) => productId))];
}

function checkoutColumns(checkouts: OrderRequest[]): Buffer[] {
  return [uuids(checkouts.map(({ storeId }) => storeId)), uuids(checkouts.map(({ userId }) => userId))];
}

function claimColumns(claims: Claim[]): Buffer[] {
  return [
    texts(claims.map(({ caller }) => caller)),
    texts(claims.map(({ rpc }) => rpc)),
    uuids(claims.map(({ requestId }) => requestId)),
  ];
}

function codesOf(wishes: OrderRequest[]): string[] {
  return [...new Set(wishes.map(({ promoCode }) => promoCode.toLowerCase()))];
}

function usersOf(wishes: OrderRequest[]): string[] {
  return [...new Set(wishes.map(({ userId }) => userId))];
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
