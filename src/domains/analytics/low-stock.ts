/** The repository of what runs out: stock below a threshold, the fewest first. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import type { Page, PageRequest, PageTokens } from "../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";

/** PostgreSQL's bigint arrives as text. */
export interface LowStockRow {
  store_id: string;
  store_name: string;
  product_id: string;
  sku: string;
  title: string;
  quantity: string;
  reserved: string;
  threshold: number;
}

export interface LowStockQuery {
  /** undefined: all. */
  storeId: string | undefined;
  /** undefined: each store's own. */
  threshold: number | undefined;
}

/**
 * Every stock row of the stores is looked at: an index by quantity would be written by every order, and with none an
 * order's update of its stock row touches no index at all.
 */
const LOW = `
  SELECT t.id AS store_id, t.name AS store_name, p.id AS product_id, p.sku, p.title, s.quantity, s.reserved,
         coalesce($2::integer, t.low_stock_threshold) AS threshold
  FROM inventory.stores t
  JOIN inventory.stock s ON s.store_id = t.id AND s.quantity < coalesce($2::integer, t.low_stock_threshold)
  JOIN catalog.products p ON p.id = s.product_id AND p.active AND p.deleted_at IS NULL
  JOIN catalog.categories c ON c.id = p.category_id AND c.active
  WHERE ($1::uuid IS NULL OR t.id = $1)
    AND ($3::bigint IS NULL OR (s.quantity, s.store_id, s.product_id) > ($3::bigint, $4::uuid, $5::uuid))
  ORDER BY s.quantity, s.store_id, s.product_id LIMIT $6`;

export interface LowStockStoreRow {
  store_id: string;
  store_name: string;
  threshold: number;
  low: string;
  sold_out: string;
}

/** What the products of LOW are by store; a store without a threshold is not looked at. */
const LOW_STORES = `
  SELECT t.id AS store_id, t.name AS store_name, t.low_stock_threshold AS threshold, l.low, l.sold_out
  FROM inventory.stores t CROSS JOIN LATERAL (
    SELECT count(*) AS low, count(*) FILTER (WHERE s.quantity = 0) AS sold_out
    FROM inventory.stock s
    JOIN catalog.products p ON p.id = s.product_id AND p.active AND p.deleted_at IS NULL
    JOIN catalog.categories c ON c.id = p.category_id AND c.active
    WHERE s.store_id = t.id AND s.quantity < t.low_stock_threshold
  ) l
  WHERE ($1::uuid IS NULL OR t.id = $1) AND t.low_stock_threshold > 0 AND l.low > 0
    AND ($2::bigint IS NULL OR (l.low, t.id) < ($2::bigint, $3::uuid))
  ORDER BY l.low DESC, t.id DESC LIMIT $4`;

export class LowStock {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  /** The fewest first; products that are not for sale, and those that a store never had, are left out. */
  async list(
    { storeId, threshold }: LowStockQuery,
    request: PageRequest,
    options: TransactionOptions,
  ): Promise<Page<LowStockRow>> {
    const reading = this.#pageTokens.begin(request, ["low stock", storeId, threshold]);
    const [quantity, lastStoreId, productId] = reading.cursor;
    const bind = [
      storeId ?? null,
      threshold ?? null,
      quantity ?? null,
      lastStoreId ?? null,
      productId ?? null,
      reading.limit,
    ];
    const rows = await withTransaction(this.#database, () => runSql<LowStockRow>(this.#database, LOW, bind), options);
    return reading.page(rows, (row) => [row.quantity, row.store_id, row.product_id]);
  }

  /** Those with the most such products first. @param storeId undefined: all */
  async listStores(
    storeId: string | undefined,
    request: PageRequest,
    options: TransactionOptions,
  ): Promise<Page<LowStockStoreRow>> {
    const reading = this.#pageTokens.begin(request, ["low stock stores", storeId]);
    const [low, lastId] = reading.cursor;
    const bind = [storeId ?? null, low ?? null, lastId ?? null, reading.limit];
    const read = () => runSql<LowStockStoreRow>(this.#database, LOW_STORES, bind);
    return reading.page(await withTransaction(this.#database, read, options), (row) => [row.low, row.store_id]);
  }
}
