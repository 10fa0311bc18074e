/** The repository that reads stock: of a product in every store, of a store by product. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { Failure } from "../../platform/errors/failure.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";

/** What a store has of a product, with the store's name; PostgreSQL's bigint arrives as text. */
export interface StoreQuantity {
  store_id: string;
  store_name: string;
  product_id: string;
  /** Sellable now. */
  quantity: string;
  reserved: string;
  /** null where the store never had any. */
  updated_at: Date | null;
}

export interface InventoryRow {
  product_id: string;
  title: string;
  sku: string;
  price: string;
  category: string;
  quantity: string;
  reserved: string;
}

export class Stock {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  /**
   * The quantity in every store, by the store's name.
   * @param inactive whether a product that is not for sale is told of, too
   * @throws Failure PRODUCT_NOT_FOUND
   */
  async ofProduct(productId: string, { inactive }: { inactive: boolean }): Promise<StoreQuantity[]> {
    await requireProduct(this.#database, productId, { inactive });
    return storeQuantities(this.#database, { productId });
  }

  /**
   * A store's stock by product title. Products that were deleted are left out; `inactive` says whether those that are
   * not for sale are among them.
   */
  async ofStore(
    storeId: string,
    request: PageRequest,
    { inactive }: { inactive: boolean },
  ): Promise<Page<InventoryRow>> {
    const reading = this.#pageTokens.begin(request, ["inventory", storeId, inactive]);
    const [title, productId] = reading.cursor;
    const rows = await runSql<InventoryRow>(
      this.#database,
      `SELECT s.product_id, p.title, p.sku, p.price, c.name AS category, s.quantity, s.reserved
       FROM inventory.stock s
       JOIN catalog.products p ON p.id = s.product_id
       JOIN catalog.categories c ON c.id = p.category_id
       WHERE s.store_id = $1 AND p.deleted_at IS NULL AND (p.active AND c.active OR $5)
         AND ($2::text IS NULL OR (p.title, p.id) > ($2::text, $3::uuid))
       ORDER BY p.title, p.id LIMIT $4`,
      [storeId, title ?? null, productId ?? null, reading.limit, inactive],
    );
    return reading.page(rows, (row) => [row.title, row.product_id]);
  }
}

/** What every store has of a product, or one store, by the store's name; zeros where there is no row. */
export async function storeQuantities(
  database: Sequelize,
  { productId, storeId }: { productId: string; storeId?: string },
): Promise<StoreQuantity[]> {
  return runSql<StoreQuantity>(
    database,
    `SELECT t.id AS store_id, t.name AS store_name, $1::uuid AS product_id, coalesce(s.quantity, 0) AS quantity,
            coalesce(s.reserved, 0) AS reserved, s.updated_at
     FROM inventory.stores t LEFT JOIN inventory.stock s ON s.store_id = t.id AND s.product_id = $1
     WHERE $2::uuid IS NULL OR t.id = $2 ORDER BY t.name`,
    [productId, storeId ?? null],
  );
}

/** @returns its title. @throws Failure PRODUCT_NOT_FOUND, also for a deleted one, and without `inactive` for one that is not for sale */
export async function requireProduct(database: Sequelize, id: string, { inactive = true } = {}): Promise<string> {
  const [product] = await runSql<{ title: string }>(
    database,
    `SELECT p.title FROM catalog.products p JOIN catalog.categories c ON c.id = p.category_id
     WHERE p.id = $1 AND p.deleted_at IS NULL AND (p.active AND c.active OR $2)`,
    [id, inactive],
  );
  if (product !== undefined) return product.title;
  throw new Failure("PRODUCT_NOT_FOUND", `There is no product ${id}.`, {
    violations: [{ field: "product_id", description: "names no product" }],
  });
}
