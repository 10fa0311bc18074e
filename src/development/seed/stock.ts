/** The seed's stock: which store has how many of which product, always the same. */
import { arrivalMs } from "./products.ts";
import { birth, randomOf, STREAM } from "./random.ts";

/** Every store's shelves end somewhere: past these products comes what only few stores carry. */
const COMMON_PRODUCTS = 10_000;
/** The share of all stores that a product stands in: 60 to 80 % for a common one, 2 to 6 % for the others. */
const COVERAGE = { common: { least: 0.6, spread: 0.2 }, rare: { least: 0.02, spread: 0.04 } };
/** This share of the shelves is just empty. */
const SOLD_OUT = 0.06;
const MOST_IN_STOCK = 500;

export interface SeedStock {
  /** The store's number. */
  store: number;
  quantity: number;
  /** Of the RECEIPT in the ledger. */
  receiptId: string;
  at: Date;
}

/** What the first `stores` stores have of a product; more stores change nothing for the first ones. */
export function stockOf(product: number, stores: number): SeedStock[] {
  const random = randomOf(STREAM.stock, product);
  const { least, spread } = product < COMMON_PRODUCTS ? COVERAGE.common : COVERAGE.rare;
  const coverage = least + spread * random();
  const stock: SeedStock[] = [];
  for (let store = 0; store < stores; store++) {
    // Both are drawn for every store, so that each one's draws stay the same whatever the others get.
    const isStocked = random() < coverage;
    const quantity = quantityOf(random());
    if (!isStocked) continue;
    const { id, createdAt } = birth(STREAM.receipt, { afterMs: arrivalMs(product), sequence: store });
    stock.push({ store, quantity, receiptId: id, at: createdAt });
  }
  return stock;
}

/** Many shelves hold a few, few hold many. */
function quantityOf(chance: number): number {
  if (chance < SOLD_OUT) return 0;
  const share = (chance - SOLD_OUT) / (1 - SOLD_OUT);
  return 1 + Math.floor(share ** 2 * MOST_IN_STOCK);
}

export interface LastReceipt {
  /** The store's number. */
  store: number;
  receiptId: string;
}

/**
 * The last receipt that each store gets when `products` products are brought to `stores` stores. Receipts are written
 * in the order of the products and never deleted: a store that has its last one has all of them.
 */
export function lastReceipts({ products, stores }: { products: number; stores: number }): LastReceipt[] {
  const last = new Map<number, string>();
  for (let product = products - 1; product >= 0 && last.size < stores; product--) {
    for (const { store, quantity, receiptId } of stockOf(product, stores)) {
      if (quantity > 0 && !last.has(store)) last.set(store, receiptId);
    }
  }
  return [...last].map(([store, receiptId]) => ({ store, receiptId }));
}
