/**
 * The repository of carts: one for each user, changed by whoever holds its row.
 *
 * Every change locks the cart's own row first, so that two phones that add at once take turns. How a cart is ordered is
 * in checkout.ts.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { type Cart, type CartLine, requireRoom } from "./cart-rules.ts";

/** Whose cart, and which of its products. */
export interface LineKey {
  userId: string;
  productId: string;
}

export class Carts {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** As it is at one moment: one statement. */
  async get(userId: string): Promise<Cart> {
    const rows = await runSql<CartRow>(
      this.#database,
      `SELECT c.updated_at, i.product_id, i.quantity, i.added_price, i.added_at, p.sku, p.title, p.image_uri, p.price,
              p.active AND k.active AND p.deleted_at IS NULL AS for_sale
       FROM carts.carts c
       LEFT JOIN carts.items i ON i.user_id = c.user_id
       LEFT JOIN catalog.products p ON p.id = i.product_id
       LEFT JOIN catalog.categories k ON k.id = p.category_id
       WHERE c.user_id = $1 ORDER BY i.added_at, i.product_id`,
      [userId],
    );
    return { lines: rows.flatMap(toLine), updatedAt: rows[0]?.updated_at };
  }

  /** Adds to what is there. @throws Failure PRODUCT_NOT_FOUND, PRODUCT_INACTIVE, CART_FULL, CART_QUANTITY_TOO_LARGE */
  async add(key: LineKey, quantity: number, options: TransactionOptions): Promise<Cart> {
    return withTransaction(
      this.#database,
      async () => {
        await this.#open(key.userId);
        const { price, lines, inCart } = await this.#offer(key);
        requireRoom({ quantity, inCart, lines });
        await runSql(
          this.#database,
          `INSERT INTO carts.items AS i (user_id, product_id, quantity, added_price) VALUES ($1, $2, $3, $4)
           ON CONFLICT (user_id, product_id) DO UPDATE SET quantity = i.quantity + excluded.quantity`,
          [key.userId, key.productId, quantity, price],
        );
        return this.get(key.userId);
      },
      options,
    );
  }

  /** @throws Failure CART_ITEM_NOT_FOUND */
  async setQuantity({ userId, productId }: LineKey, quantity: number, options: TransactionOptions): Promise<Cart> {
    const sql = "UPDATE carts.items SET quantity = $3 WHERE user_id = $1 AND product_id = $2 RETURNING product_id";
    const { changed, cart } = await this.#change({ sql, values: [userId, productId, quantity] }, userId, options);
    if (!changed) throw itemNotFound(productId);
    return cart;
  }

  /** A product that is not in the cart is no error. */
  async remove({ userId, productId }: LineKey, options: TransactionOptions): Promise<Cart> {
    const sql = "DELETE FROM carts.items WHERE user_id = $1 AND product_id = $2 RETURNING product_id";
    return (await this.#change({ sql, values: [userId, productId] }, userId, options)).cart;
  }

  async clear(userId: string, options: TransactionOptions): Promise<Cart> {
    return (await this.#change(emptying(userId), userId, options)).cart;
  }

  /** One change under the cart's lock. A cart that does not exist holds nothing that could change. */
  async #change(
    statement: Statement,
    userId: string,
    options: TransactionOptions,
  ): Promise<{ changed: boolean; cart: Cart }> {
    return withTransaction(
      this.#database,
      async () => {
        await this.#lock(userId);
        const changed = await this.#write(statement, userId);
        return { changed, cart: await this.get(userId) };
      },
      options,
    );
  }

  async #lock(userId: string): Promise<void> {
    await runSql(this.#database, "SELECT FROM carts.carts WHERE user_id = $1 FOR UPDATE", [userId]);
  }

  /** Locks the cart, which exists from now on. */
  async #open(userId: string): Promise<void> {
    await runSql(
      this.#database,
      `INSERT INTO carts.carts (user_id) VALUES ($1) ON CONFLICT (user_id) DO UPDATE SET updated_at = ${LATER}`,
      [userId],
    );
  }

  /** @returns whether anything changed */
  async #write({ sql, values }: Statement, userId: string): Promise<boolean> {
    const changed = await runSql(this.#database, sql, values);
    if (changed.length === 0) return false;
    await runSql(this.#database, `UPDATE carts.carts SET updated_at = ${LATER} WHERE user_id = $1`, [userId]);
    return true;
  }

  /**
   * The product as the catalog has it, and the cart under its lock.
   * @throws Failure PRODUCT_NOT_FOUND, PRODUCT_INACTIVE
   */
  async #offer({ userId, productId }: LineKey): Promise<{ price: string; lines: number; inCart: number }> {
    const [product] = await runSql<{
      price: string;
      active: boolean;
      lines: string;
      in_cart: number | null;
    }>(
      this.#database,
      `SELECT p.price, p.active AND k.active AS active,
              (SELECT count(*) FROM carts.items WHERE user_id = $1) AS lines,
              (SELECT quantity FROM carts.items WHERE user_id = $1 AND product_id = p.id) AS in_cart
       FROM catalog.products p JOIN catalog.categories k ON k.id = p.category_id
       WHERE p.id = $2 AND p.deleted_at IS NULL`,
      [userId, productId],
    );
    if (product === undefined) throw productNotFound(productId);
    if (!product.active) throw notForSale(productId);
    return { price: product.price, lines: Number(product.lines), inCart: product.in_cart ?? 0 };
  }
}

interface Statement {
  sql: string;
  values: unknown[];
}

/** Not now(), when the transaction began: one that waited for the cart began before the one that it waited for. */
const LATER = "clock_timestamp()";

interface LineRow {
  updated_at: Date;
  product_id: string;
  sku: string;
  title: string;
  image_uri: string;
  quantity: number;
  /** PostgreSQL's bigint arrives as text. */
  price: string;
  added_price: string;
  for_sale: boolean;
  added_at: Date;
}

type CartRow = LineRow | { updated_at: Date; product_id: null };

function toLine(row: CartRow): CartLine[] {
  if (row.product_id === null) return [];
  return [
    {
      productId: row.product_id,
      sku: row.sku,
      title: row.title,
      imageUri: row.image_uri,
      quantity: row.quantity,
      unitPrice: BigInt(row.price),
      addedPrice: BigInt(row.added_price),
      forSale: row.for_sale,
      addedAt: row.added_at,
    },
  ];
}

function emptying(userId: string): Statement {
  return { sql: "DELETE FROM carts.items WHERE user_id = $1 RETURNING product_id", values: [userId] };
}

/** Without its title, which is for admins only. */
export function notForSale(productId: string): Failure {
  return new Failure("PRODUCT_INACTIVE", `Product ${productId} is not for sale now.`, {
    metadata: { product_id: productId },
  });
}

function productNotFound(productId: string): Failure {
  return new Failure("PRODUCT_NOT_FOUND", `There is no product ${productId}.`, {
    metadata: { product_id: productId },
    violations: [{ field: "product_id", description: "names no product" }],
  });
}

function itemNotFound(productId: string): Failure {
  return new Failure("CART_ITEM_NOT_FOUND", `Product ${productId} is not in the cart.`, {
    metadata: { product_id: productId },
  });
}
