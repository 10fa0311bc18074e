/**
 * The seed's SQL: many rows in one statement, each left alone where something of its kind is there already.
 *
 * The few travel as one JSON parameter, where a list of columns is written once, in the SQL that names their types;
 * products and stock, of which there may be millions, by COPY.
 */
import type { Sequelize, Transaction } from "sequelize";
import { hashPassword } from "../../domains/identity/password/password-hash.ts";
import { copyInto, type CopyRow } from "../../platform/database/copy.ts";
import { runSql } from "../../platform/database/database.ts";
import type { Currency } from "../../platform/wire/money.ts";
import { seedAccounts } from "./accounts.ts";
import type { SeedImages } from "./images.ts";
import { kindAt, productAt, productIdAt } from "./products.ts";
import { seedPromotions } from "./promotions.ts";
import { birth, pick, STREAM } from "./random.ts";
import { stockOf } from "./stock.ts";
import { storeAt } from "./stores.ts";
import { ranges } from "./categories.ts";

/** Those of one statement; a row of a store is small. */
const STORES_AT_ONCE = 1_000;
const FIRST_CATEGORY_MS = 1_800_000;

/** @returns how many were added; as for all below */
export async function writeAccounts(database: Sequelize, password: string): Promise<number> {
  const accounts = seedAccounts();
  const there = await runSql<{ id: string }>(database, EXISTING_ACCOUNTS, [accounts.map(({ id }) => id)]);
  // A hash costs 80 ms by design, so only those that are needed.
  const missing = accounts.filter((account) => !there.some(({ id }) => id === account.id));
  const rows = await Promise.all(missing.map(async (account) => ({ ...account, hash: await hashPassword(password) })));
  return insert(database, ACCOUNTS, rows);
}

const EXISTING_ACCOUNTS = "SELECT id FROM identity.users WHERE id = ANY ($1)";

const ACCOUNTS = `
  INSERT INTO identity.users
    (id, email, username, role, first_name, last_name, phone, address, password_hash, created_at, updated_at)
  SELECT id, email, username, role, "firstName", "lastName", phone, address, hash, "createdAt", "createdAt"
  FROM json_to_recordset($1) AS account (
    id uuid, email text, username text, role text, "firstName" text, "lastName" text, phone text, address text,
    hash text, "createdAt" timestamptz
  )
  ON CONFLICT DO NOTHING`;

export async function writePromotions(database: Sequelize, currency: Currency): Promise<number> {
  return insert(database, PROMOTIONS, seedPromotions(currency));
}

const PROMOTIONS = `
  INSERT INTO orders.promotions
    (id, code, percent, fixed_amount, max_discount, min_subtotal, start_at, end_at,
     usage_limit, usage_limit_per_user, redeemed_count, created_at, updated_at)
  SELECT id, code, percent, "fixedAmount", "maxDiscount", "minSubtotal", "startAt", "endAt",
    "usageLimit", "usageLimitPerUser", "redeemedCount", "createdAt", "createdAt"
  FROM json_to_recordset($1) AS promotion (
    id uuid, code text, percent numeric, "fixedAmount" bigint, "maxDiscount" bigint, "minSubtotal" bigint,
    "startAt" timestamptz, "endAt" timestamptz, "usageLimit" integer, "usageLimitPerUser" integer,
    "redeemedCount" integer, "createdAt" timestamptz
  )
  ON CONFLICT DO NOTHING`;

export async function writeCategories(database: Sequelize, images: SeedImages): Promise<number> {
  return insert(
    database,
    CATEGORIES,
    seedCategories().map((category, index) => ({ ...category, imageUri: images.ofKind(index, 0) })),
  );
}

function seedCategories() {
  return ranges.map(({ name, description }, sequence) => {
    return { ...birth(STREAM.category, { afterMs: FIRST_CATEGORY_MS, sequence }), name, description };
  });
}

const CATEGORIES = `
  INSERT INTO catalog.categories (id, name, description, image_uri, created_at, updated_at)
  SELECT id, name, description, "imageUri", "createdAt", "createdAt"
  FROM json_to_recordset($1) AS category (id uuid, name text, description text, "imageUri" text, "createdAt" timestamptz)
  ON CONFLICT DO NOTHING`;

export async function writeStores(database: Sequelize, count: number): Promise<number> {
  let added = 0;
  for (let from = 0; from < count; from += STORES_AT_ONCE) {
    added += await insert(database, STORES, between(from, Math.min(from + STORES_AT_ONCE, count)).map(storeAt));
  }
  return added;
}

const STORES = `
  INSERT INTO inventory.stores (id, name, address, phone, low_stock_threshold, created_at, updated_at)
  SELECT id, name, address, phone, "lowStockThreshold", "createdAt", "createdAt"
  FROM json_to_recordset($1) AS store (
    id uuid, name text, address text, phone text, "lowStockThreshold" integer, "createdAt" timestamptz
  )
  ON CONFLICT DO NOTHING`;

interface Batch {
  /** The first product's number. */
  from: number;
  /** The number after the last one's. */
  to: number;
}

/**
 * A category that was renamed is found by its id; one that somebody made under our name, by that.
 *
 * Rows go by COPY into a table of this connection's own, since COPY itself knows no ON CONFLICT.
 */
export async function writeProducts(
  database: Sequelize,
  transaction: Transaction,
  batch: Batch & { currency: Currency; images: SeedImages },
): Promise<number> {
  await database.query(STAGED_PRODUCTS);
  await copyInto(transaction, "staged_products", productRows(batch));
  return count(database, PRODUCTS);
}

function* productRows({
  from,
  to,
  currency,
  images,
}: Batch & { currency: Currency; images: SeedImages }): Generator<CopyRow> {
  const categories = seedCategories();
  for (let index = from; index < to; index++) {
    const product = productAt(index, currency);
    const category = pick(categories, product.category);
    const { id, sku, title, description, price, featured, createdAt } = product;
    const { kind } = kindAt(index);
    const image = images.ofKind(product.category, kind);
    yield [id, sku, title, description, price, category.id, category.name, featured, createdAt, image];
  }
}

const STAGED_PRODUCTS = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_products (
    id uuid, sku text, title text, description text, price bigint, category_id uuid, category_name text,
    featured boolean, created_at timestamptz, image_uri text
  ) ON COMMIT DELETE ROWS`;

const PRODUCTS = counting(`
  INSERT INTO catalog.products (id, sku, title, description, price, category_id, featured, created_at, updated_at, image_uri)
  SELECT staged.id, sku, title, staged.description, price, category.id, featured, staged.created_at, staged.created_at, staged.image_uri
  FROM staged_products AS staged
  CROSS JOIN LATERAL (
    SELECT categories.id FROM catalog.categories
    WHERE categories.id = staged.category_id OR lower(name) = lower(category_name)
    ORDER BY categories.id = staged.category_id DESC LIMIT 1
  ) AS category
  ORDER BY staged.id
  ON CONFLICT DO NOTHING`);

/** The stock of a batch's products, and its receipts in the ledger. */
export async function writeStock(
  database: Sequelize,
  transaction: Transaction,
  batch: Batch & { stores: number },
): Promise<number> {
  const storeIds = between(0, batch.stores).map((index) => storeAt(index).id);
  const productIds = between(batch.from, batch.to).map(productIdAt);
  const there = {
    stores: await existing(database, "inventory.stores", storeIds),
    products: await existing(database, "catalog.products", productIds),
  };
  await database.query(STAGED_STOCK);
  await copyInto(transaction, "staged_stock", stockRows(batch, storeIds, there));
  return count(database, STOCK);
}

/** What somebody took out, or has under another id, gets no stock. */
async function existing(database: Sequelize, table: string, ids: string[]): Promise<Set<string>> {
  const rows = await runSql<{ id: string }>(database, `SELECT id FROM ${table} WHERE id = ANY ($1::uuid[])`, [ids]);
  return new Set(rows.map(({ id }) => id));
}

function* stockRows(
  { from, to, stores }: Batch & { stores: number },
  storeIds: string[],
  there: { stores: Set<string>; products: Set<string> },
): Generator<CopyRow> {
  for (let product = from; product < to; product++) {
    const productId = productIdAt(product);
    if (!there.products.has(productId)) continue;
    for (const { store, quantity, receiptId, at } of stockOf(product, stores)) {
      const storeId = pick(storeIds, store);
      if (there.stores.has(storeId)) yield [storeId, productId, quantity, receiptId, at];
    }
  }
}

const STAGED_STOCK = `
  CREATE TEMPORARY TABLE IF NOT EXISTS staged_stock (
    store_id uuid, product_id uuid, quantity bigint, receipt_id uuid, at timestamptz
  ) ON COMMIT DELETE ROWS`;

/** One statement, so that the ledger's sum is the stock at every moment. An empty shelf has moved nothing. */
const STOCK = `
  WITH stocked AS (
    INSERT INTO inventory.stock (store_id, product_id, quantity, updated_at)
    SELECT store_id, product_id, quantity, at FROM staged_stock ORDER BY store_id, product_id
    ON CONFLICT DO NOTHING RETURNING store_id, product_id
  ), receipts AS (
    INSERT INTO inventory.movements (store_id, id, product_id, kind, delta, reason, created_at)
    SELECT store_id, receipt_id, product_id, 'RECEIPT', quantity, 'opening stock', at
    FROM staged_stock JOIN stocked USING (store_id, product_id)
    WHERE quantity > 0
  )
  SELECT count(*)::integer AS count FROM stocked`;

async function insert(database: Sequelize, sql: string, rows: object[]): Promise<number> {
  return count(database, counting(sql), [JSON.stringify(rows, bigintAsText)]);
}

function counting(insert: string): string {
  return `WITH added AS (${insert} RETURNING 1) SELECT count(*)::integer AS count FROM added`;
}

async function count(database: Sequelize, sql: string, bind: unknown[] = []): Promise<number> {
  const [result] = await runSql<{ count: number }>(database, sql, bind);
  return result?.count ?? 0;
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

/** The numbers from `from` up to and without `to`. */
function between(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
