/**
 * Placement: from what is asked, what is offered and what is there to an order that is confirmed, held or rejected.
 *
 * Pure, because this is the decision that must never be wrong: the repository locks what it reads, calls this, and
 * writes what comes out. Orders of one batch are decided one after the other; each takes what it gets from the
 * stock that the next one sees.
 */
import { Failure } from "../../../platform/errors/failure.ts";
import { newId, timeOfId } from "../../../platform/wire/uuid.ts";
import { type Currency, toDecimal } from "../../../platform/wire/money.ts";
import { allocate, discountOf, notApplicable, type Promotion } from "../../promotion/discount.ts";

/** A product and how many of it; after `mergeLines` each product stands once. */
export interface Line {
  productId: string;
  quantity: number;
}

/** An order as it is asked for, ids in lower case. */
export interface OrderRequest {
  storeId: string;
  userId: string;
  /** Who called: the user, or the service that orders for the user. */
  placedBy: string;
  /** Each product once. */
  lines: readonly Line[];
  /** "" for none. */
  promoCode: string;
  /** How long to keep the stock for a confirmation; undefined: confirmed at once. */
  holdMs: number | undefined;
  /** With as many open holds the user gets no further one; undefined: no limit. */
  maxOpenHolds?: number | undefined;
  /** What the buyer was shown. An order with another total is not made. */
  expectedTotal?: ExpectedTotal | undefined;
}

export interface ExpectedTotal {
  /** Minor units. */
  amount: bigint;
  currency: Currency;
}

/** What the catalog says of a product. */
export interface Offer {
  productId: string;
  sku: string;
  title: string;
  /** Minor units. */
  unitPrice: bigint;
  /** Whether it is for sale now. */
  active: boolean;
}

export interface OpenStore {
  name: string;
  active: boolean;
}

/** All that a decision rests on, locked by the caller where it can change. Decisions write what they take. */
export interface Facts {
  stores: ReadonlyMap<string, OpenStore>;
  offers: ReadonlyMap<string, Offer>;
  /** The sellable quantity by `stockKey`; no entry counts as 0. */
  stock: Map<string, bigint>;
  /** By code in lower case. */
  promotions: Map<string, PromotionFacts>;
  /** How many holds are open by user, of those users for whom that is limited. */
  openHolds: Map<string, number>;
  /** The database's clock, read after the locks. */
  now: Date;
}

export interface PromotionFacts {
  promotion: Promotion;
  /** How often each user has used it. */
  usesByUser: Map<string, number>;
}

export interface PlacedLine extends Offer {
  quantity: number;
  lineTotal: bigint;
  /** This line's share of the order's discount. */
  discount: bigint;
  /** What was there, for a line that was short; undefined for one that was not. */
  available: number | undefined;
}

export interface PlacedOrder {
  id: string;
  storeId: string;
  userId: string;
  placedBy: string;
  status: "CONFIRMED" | "PENDING" | "REJECTED";
  lines: PlacedLine[];
  subtotal: bigint;
  discount: bigint;
  total: bigint;
  promoCode: string;
  promotionId: string | undefined;
  holdExpiresAt: Date | undefined;
  createdAt: Date;
}

/** A sum above this is a mistake, and far inside what PostgreSQL's bigint keeps: ten trillion units of USD. */
export const MAX_SUBTOTAL = 10n ** 15n;

export function stockKey(storeId: string, productId: string): string {
  return storeId + productId;
}

/** One line for each product, with the sum of its quantities, in the order of first mention. */
export function mergeLines(items: readonly Line[]): Line[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

/**
 * Decides one order: stock for every line, or nothing is taken. A code that does not apply wins over a shortage; a
 * rejected order spends no use.
 * @throws Failure STORE_NOT_FOUND, STORE_INACTIVE, PRODUCT_NOT_FOUND, PRODUCT_INACTIVE, ORDER_TOO_LARGE,
 *   PROMOTION_NOT_APPLICABLE, TOTAL_CHANGED, TOO_MANY_HOLDS; then nothing was taken from the facts
 */
export function decideOrder(wish: OrderRequest, facts: Facts): PlacedOrder {
  requireOpen(wish.storeId, facts.stores);
  const priced = price(wish.lines, facts.offers);
  const subtotal = priced.reduce((sum, { lineTotal }) => sum + lineTotal, 0n);
  if (subtotal > MAX_SUBTOTAL)
    throw new Failure("ORDER_TOO_LARGE", "The order's total is above what we keep. Split it.");
  const promotion = promotionOf(wish, facts);
  const discount = promotion === undefined ? 0n : discountFor(promotion, wish, { subtotal, now: facts.now });
  const lines = weigh(wish.storeId, share(priced, discount), facts.stock);
  const status = statusOf(lines, wish);
  const total = subtotal - discount;
  if (status !== "REJECTED") {
    requireExpected(total, wish);
    if (status === "PENDING") takeHold(wish, facts.openHolds);
    take(wish, facts.stock, promotion);
  }
  const id = newId();
  return {
    id,
    storeId: wish.storeId,
    userId: wish.userId,
    placedBy: wish.placedBy,
    status,
    lines,
    subtotal,
    discount,
    total,
    promoCode: wish.promoCode,
    promotionId: promotion?.promotion.id,
    holdExpiresAt: status === "PENDING" ? new Date(facts.now.getTime() + (wish.holdMs ?? 0)) : undefined,
    createdAt: timeOfId(id),
  };
}

function requireOpen(storeId: string, stores: Facts["stores"]): void {
  const store = stores.get(storeId);
  if (store === undefined) {
    throw new Failure("STORE_NOT_FOUND", `There is no store ${storeId}.`, {
      violations: [{ field: "store_id", description: "names no store" }],
    });
  }
  if (!store.active)
    throw new Failure("STORE_INACTIVE", `${store.name} sells nothing now.`, { metadata: { store_id: storeId } });
}

/** The lines with their prices, before any discount. @throws Failure PRODUCT_NOT_FOUND, PRODUCT_INACTIVE */
function price(lines: readonly Line[], offers: Facts["offers"]): PlacedLine[] {
  return lines.map(({ productId, quantity }) => {
    const offer = offers.get(productId);
    if (offer === undefined) throw refusal("PRODUCT_NOT_FOUND", `There is no product ${productId}.`, productId);
    if (!offer.active) throw refusal("PRODUCT_INACTIVE", `Product ${productId} is not for sale now.`, productId);
    return { ...offer, quantity, lineTotal: offer.unitPrice * BigInt(quantity), discount: 0n, available: undefined };
  });
}

function refusal(reason: "PRODUCT_NOT_FOUND" | "PRODUCT_INACTIVE", message: string, productId: string): Failure {
  return new Failure(reason, message, { metadata: { product_id: productId } });
}

function promotionOf({ promoCode }: OrderRequest, { promotions }: Facts): PromotionFacts | undefined {
  if (promoCode === "") return undefined;
  const promotion = promotions.get(promoCode.toLowerCase());
  if (promotion === undefined) throw notApplicable(promoCode, "UNKNOWN_CODE");
  return promotion;
}

function discountFor(
  { promotion, usesByUser }: PromotionFacts,
  { userId }: OrderRequest,
  order: { subtotal: bigint; now: Date },
): bigint {
  return discountOf(promotion, { ...order, usesByUser: usesByUser.get(userId) ?? 0 });
}

/** @throws Failure TOO_MANY_HOLDS */
function takeHold({ userId, maxOpenHolds }: OrderRequest, openHolds: Facts["openHolds"]): void {
  const open = openHolds.get(userId) ?? 0;
  if (maxOpenHolds !== undefined && open >= maxOpenHolds) {
    const message = `There are ${open} open holds already, as many as there may be. Confirm or cancel one of them.`;
    throw new Failure("TOO_MANY_HOLDS", message, { metadata: { limit: String(maxOpenHolds) } });
  }
  openHolds.set(userId, open + 1);
}

/** @throws Failure TOTAL_CHANGED */
function requireExpected(total: bigint, { expectedTotal }: OrderRequest): void {
  if (expectedTotal === undefined || expectedTotal.amount === total) return;
  const { amount, currency } = expectedTotal;
  const [expected, now] = [toDecimal(amount, currency), toDecimal(total, currency)];
  const message = `The order's total is ${now} ${currency.code} now, not ${expected}. Nothing was ordered.`;
  throw new Failure("TOTAL_CHANGED", message, { metadata: { expected_total: expected, total: now } });
}

function share(lines: PlacedLine[], discount: bigint): PlacedLine[] {
  if (discount === 0n) return lines;
  const shares = allocate(
    discount,
    lines.map(({ lineTotal }) => lineTotal),
  );
  return lines.map((line, index) => ({ ...line, discount: shares[index] ?? 0n }));
}

function weigh(storeId: string, lines: PlacedLine[], stock: Facts["stock"]): PlacedLine[] {
  return lines.map((line) => {
    const inStock = stock.get(stockKey(storeId, line.productId)) ?? 0n;
    return inStock < BigInt(line.quantity) ? { ...line, available: Number(inStock) } : line;
  });
}

function statusOf(lines: PlacedLine[], { holdMs }: OrderRequest): PlacedOrder["status"] {
  if (lines.some(({ available }) => available !== undefined)) return "REJECTED";
  return holdMs === undefined ? "CONFIRMED" : "PENDING";
}

/** What the order gets is gone for those who are decided after it. */
function take(
  { storeId, userId, lines }: OrderRequest,
  stock: Facts["stock"],
  promotion: PromotionFacts | undefined,
): void {
  for (const { productId, quantity } of lines) {
    const key = stockKey(storeId, productId);
    stock.set(key, (stock.get(key) ?? 0n) - BigInt(quantity));
  }
  if (promotion === undefined) return;
  promotion.promotion.redeemedCount += 1;
  promotion.usesByUser.set(userId, (promotion.usesByUser.get(userId) ?? 0) + 1);
}
