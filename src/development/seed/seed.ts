/**
 * Fills a database with a shop to begin with, the same on every machine.
 *
 * Nothing that is there is touched: a second run changes nothing, and one that was cut is completed by the next. That
 * a seed is complete is read off the ledger, whose rows are never deleted, and not off a mark of its own: what an
 * admin deletes later stays deleted, and what customers bought stays sold.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import type { MediaStore } from "../../domains/media/image-store.ts";
import type { Currency } from "../../platform/wire/money.ts";
import { withTransaction } from "../../platform/database/transaction.ts";
import { drawImages, NO_IMAGES } from "./images.ts";
import { MAX_PRODUCTS, productIdAt } from "./products.ts";
import { lastReceipts } from "./stock.ts";
import { MAX_STORES, storeAt } from "./stores.ts";
import { writeAccounts, writeCategories, writeProducts, writePromotions, writeStock, writeStores } from "./write.ts";

const DEFAULT_PRODUCTS = 1_200;
const DEFAULT_STORES = 25;
/** Shelves of one transaction at most: its commit costs little then, and what it locks and keeps in memory is bounded. */
const BATCH_SHELVES = 200_000;
/** Parts of the work at least, so that the progress moves and a cut seed keeps most of what it did. */
const LEAST_BATCHES = 12;

export interface SeedOptions {
  database: Sequelize;
  /** Default 1,200, at most 1,000,000. */
  products?: number;
  /** Default 25, at most 11,000. */
  stores?: number;
  /** Of every account that the seed makes; those that exist keep theirs. */
  password: string;
  currency: Currency;
  /** Where the products' images are kept; without it they have none. */
  media?: MediaStore;
  /** Counts products; not called when there is nothing to do. */
  onProgress?(done: number, total: number): void;
}

/** How many rows this run has added; all zero when the seed was complete. */
export interface SeedReport {
  categories: number;
  products: number;
  stores: number;
  /** Products times the stores that have them. */
  stock: number;
  accounts: number;
  promotions: number;
}

/** @throws RangeError for more products or stores than there are words for, or less than one */
export async function seed(options: SeedOptions): Promise<SeedReport> {
  const { database, products = DEFAULT_PRODUCTS, stores = DEFAULT_STORES } = options;
  requireCount("products", products, MAX_PRODUCTS);
  requireCount("stores", stores, MAX_STORES);
  const report: SeedReport = { categories: 0, products: 0, stores: 0, stock: 0, accounts: 0, promotions: 0 };
  if (await isComplete(database, { products, stores })) return report;

  report.accounts = await writeAccounts(database, options.password);
  report.promotions = await writePromotions(database, options.currency);
  const images = options.media === undefined ? NO_IMAGES : await drawImages(options.media);
  report.categories = await writeCategories(database, images);
  report.stores = await writeStores(database, stores);
  const batch = Math.max(1, Math.min(Math.floor(BATCH_SHELVES / stores), Math.ceil(products / LEAST_BATCHES)));
  // One after the other and in this order: that the last one is there must mean that all of them are.
  for (let from = 0; from < products; from += batch) {
    const to = Math.min(from + batch, products);
    const added = await withTransaction(database, async (transaction) => ({
      products: await writeProducts(database, transaction, { from, to, currency: options.currency, images }),
      stock: await writeStock(database, transaction, { from, to, stores }),
    }));
    report.products += added.products;
    report.stock += added.stock;
    options.onProgress?.(to, products);
  }
  return report;
}

function requireCount(what: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  throw new RangeError(`${what} is ${count}; it must be a whole number from 1 to ${most}.`);
}

interface Extent {
  products: number;
  stores: number;
}

/** The last product is there, and the last receipt of each store: two look-ups by primary key. */
async function isComplete(database: Sequelize, { products, stores }: Extent): Promise<boolean> {
  const receipts = lastReceipts({ products, stores });
  const [row] = await runSql<{ complete: boolean }>(database, COMPLETE, [
    productIdAt(products - 1),
    receipts.map(({ store }) => storeAt(store).id),
    receipts.map(({ receiptId }) => receiptId),
  ]);
  return row?.complete === true;
}

const COMPLETE = `
  SELECT EXISTS (SELECT FROM catalog.products WHERE id = $1)
    AND NOT EXISTS (
      SELECT FROM unnest($2::uuid[], $3::uuid[]) AS expected (store_id, id)
      WHERE NOT EXISTS (
        SELECT FROM inventory.movements WHERE store_id = expected.store_id AND movements.id = expected.id
      )
    ) AS complete`;
