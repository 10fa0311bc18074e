/**
 * The read set of a batch: which rows its orders rest on, and the statements that lock and read them.
 *
 * What none of its orders needs is not asked for: a plain order costs the lock of its stock and nothing else.
 */
import { texts, uuids } from "../../../platform/database/binary-array.ts";
import type { Send, Statement } from "../../../platform/database/prepared-statements.ts";
import type { Claim } from "../../../platform/idempotency/request-key.ts";
import { READ_STORED_RESPONSES, type StoredResponseRow } from "../../../platform/idempotency/stored-responses.ts";
import { LOCK_PROMOTIONS, READ_PROMOTIONS } from "../../promotion/redemption-sql.ts";
import type { PromotionWithUses } from "../../promotion/redemptions.ts";
import type { CartLineRow } from "./cart-source.ts";
import { type OrderRequest, stockKey } from "./decide.ts";
import { CLOCK, LOCK_STOCK, OPEN_HOLDS } from "./place-sql.ts";

/** An order that is asked for, as far as it says what to read. */
export interface Asked {
  wish: OrderRequest;
  claim: Claim | undefined;
  /** Whether its lines are those of the user's cart. */
  fromCart: boolean;
  /** Whether a customer places it, whose open holds are limited. */
  byCustomer: boolean;
}

export interface Pair {
  storeId: string;
  productId: string;
}

/** A pair of store and product; nulls where there is no such thing. */
export interface FactRow {
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

export interface ReadSet {
  /** Whose kept answers are looked for. */
  claims: Claim[];
  /** Those that order a cart. */
  checkouts: OrderRequest[];
  /** Those with a promotion code. */
  promoted: OrderRequest[];
  /** Those whose buyer's open holds count. */
  holders: OrderRequest[];
  /** Of store and product, by `stockKey`; those of carts are found when the carts are locked. */
  pairs: Map<string, Pair>;
  /** Whether the decision needs the time. */
  isTimed: boolean;
}

/** The statements in which the carts have a part. */
export interface CartStatements {
  lock: Statement;
  read: Statement;
  /** Locks the stock of pairs and of carts. */
  lockStock: Statement;
}

export function readSetOf(asked: Asked[], answers: boolean): ReadSet {
  const wishes = asked.map(({ wish }) => wish);
  const promoted = wishes.filter(({ promoCode }) => promoCode !== "");
  return {
    claims: answers ? asked.flatMap(({ claim }) => claim ?? []) : [],
    checkouts: asked.filter(({ fromCart }) => fromCart).map(({ wish }) => wish),
    promoted,
    holders: asked.filter(({ byCustomer, wish }) => byCustomer && wish.holdMs !== undefined).map(({ wish }) => wish),
    pairs: pairsOf(wishes),
    isTimed: promoted.length > 0 || wishes.some(({ holdMs }) => holdMs !== undefined),
  };
}

/**
 * Kept answers, then the locks in the one order that every transaction keeps (carts, stock, promotions), each followed
 * by what is read under it, and the clock last. What is not asked for is undefined.
 */
export function sendReads(
  send: Send,
  { claims, checkouts, promoted, holders, pairs, isTimed }: ReadSet,
  cart: CartStatements,
) {
  const carts = checkouts.length === 0 ? undefined : [uuids(usersOf(checkouts))];
  const codes = promoted.length === 0 ? undefined : texts(codesOf(promoted));
  return {
    answered: claims.length === 0 ? undefined : send<StoredResponseRow>(READ_STORED_RESPONSES, claimColumns(claims)),
    cartLocks: carts && send(cart.lock, carts),
    cartLines: carts && send<CartLineRow>(cart.read, carts),
    stock:
      carts === undefined
        ? send<FactRow>(LOCK_STOCK, pairColumns(pairs))
        : send<FactRow>(cart.lockStock, [...pairColumns(pairs), ...checkoutColumns(checkouts)]),
    promotionLocks: codes && send<{ id: string }>(LOCK_PROMOTIONS, [codes]),
    promotions: codes && send<PromotionWithUses>(READ_PROMOTIONS, [codes, uuids(usersOf(promoted))]),
    openHolds:
      holders.length === 0
        ? undefined
        : send<{ user_id: string; count: number }>(OPEN_HOLDS, [uuids(usersOf(holders))]),
    clock: isTimed ? send<{ now: Date }>(CLOCK, []) : undefined,
  };
}

export function pairsOf(wishes: Pick<OrderRequest, "storeId" | "lines">[]): Map<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const { storeId, lines } of wishes) {
    for (const { productId } of lines) pairs.set(stockKey(storeId, productId), { storeId, productId });
  }
  return pairs;
}

export function pairColumns(pairs: Map<string, Pair>): Buffer[] {
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
