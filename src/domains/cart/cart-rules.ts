/** What a cart holds, what it may hold, and what it costs today: pure. */
import { Failure } from "../../platform/errors/failure.ts";

export interface CartLine {
  productId: string;
  sku: string;
  title: string;
  imageUri: string;
  quantity: number;
  /** Minor units; what one costs today. */
  unitPrice: bigint;
  /** What one cost when the product was first added. */
  addedPrice: bigint;
  /** Whether it is for sale today. */
  forSale: boolean;
  addedAt: Date;
}

export interface Cart {
  /** In the order in which they were added. */
  lines: CartLine[];
  /** undefined: never held anything. */
  updatedAt: Date | undefined;
}

/** As many as an order may have: a cart must fit into one. */
export const MAX_LINES = 100;
/** As many as an order's line may ask for. */
export const MAX_QUANTITY = 1_000_000;

export interface Addition {
  /** How many to add. */
  quantity: number;
  /** How many of the product are in the cart; 0 for a new line. */
  inCart: number;
  /** How many lines the cart has. */
  lines: number;
}

/** @throws Failure CART_FULL, CART_QUANTITY_TOO_LARGE */
export function requireRoom({ quantity, inCart, lines }: Addition): void {
  if (inCart === 0 && lines >= MAX_LINES) {
    throw new Failure("CART_FULL", `The cart has ${MAX_LINES} lines, as many as it holds.`, {
      metadata: { max_lines: String(MAX_LINES) },
    });
  }
  if (inCart + quantity > MAX_QUANTITY) {
    const message = `The cart would hold ${inCart + quantity} of it; at most ${MAX_QUANTITY} are possible.`;
    throw new Failure("CART_QUANTITY_TOO_LARGE", message, {
      metadata: { in_cart: String(inCart), max_quantity: String(MAX_QUANTITY) },
    });
  }
}

export function lineTotal({ unitPrice, quantity }: CartLine): bigint {
  return unitPrice * BigInt(quantity);
}

/** What is for sale, at today's prices. */
export function subtotal({ lines }: Cart): bigint {
  return lines.filter(({ forSale }) => forSale).reduce((sum, line) => sum + lineTotal(line), 0n);
}
