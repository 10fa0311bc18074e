/**
 * The repository of products: making, changing and taking them out, and reading those that are named.
 *
 * A product that is taken out keeps its row, since past orders point at it; its SKU becomes free again. Finding
 * products is in search.ts.
 */
import { ForeignKeyConstraintError, type ModelStatic, type Sequelize, Transaction } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { checkEtag } from "../../platform/wire/etag.ts";
import { newId } from "../../platform/wire/uuid.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import type { Visibility } from "./visibility.ts";
import { productModel, type ProductRecord, type ProductRow } from "./model.ts";
import { PRODUCT_COLUMNS } from "./search/sorted-page-sql.ts";
import { FROM } from "./search/product-filter.ts";
import { breaksUniqueSku } from "./sku.ts";

export interface NewProduct {
  sku: string;
  title: string;
  description: string;
  /** Minor units. */
  price: bigint;
  categoryId: string;
  featured: boolean;
  active: boolean;
}

/** Which version the caller has seen; empty for any. */
export interface Seen {
  etag: string;
}

export interface ProductsOptions {
  /** Told of a product that is about to be changed, as it was. Nobody unless told. */
  onChange?: (product: ProductRecord) => void;
}

export class Products {
  readonly #database: Sequelize;
  readonly #model: ModelStatic<ProductRow>;
  readonly #onChange: ((product: ProductRecord) => void) | undefined;

  constructor(database: Sequelize, { onChange }: ProductsOptions = {}) {
    this.#database = database;
    this.#model = productModel(database);
    this.#onChange = onChange;
  }

  /** @throws Failure SKU_TAKEN, CATEGORY_NOT_FOUND */
  async create(product: NewProduct, options: TransactionOptions): Promise<ProductRecord> {
    return withTransaction(
      this.#database,
      async () => {
        const id = newId();
        await refusing(product, () => this.#model.create({ id, ...product, price: product.price.toString() }));
        return this.get(id, { inactive: true });
      },
      options,
    );
  }

  /** @throws Failure PRODUCT_NOT_FOUND, STALE_ETAG, SKU_TAKEN, CATEGORY_NOT_FOUND */
  async update(
    id: string,
    changes: Partial<NewProduct>,
    { etag }: Seen,
    options: TransactionOptions,
  ): Promise<ProductRecord> {
    return withTransaction(
      this.#database,
      async () => {
        // They go into its words, and are held before it is locked, as by everybody.
        if (rewords(changes)) await runSql(this.#database, HOLD_NAMES, [id, changes.categoryId ?? null]);
        const row = await this.#lock(id, etag);
        const { price, ...others } = changes;
        const values = { ...others, ...(price === undefined ? {} : { price: price.toString() }) };
        if (Object.keys(values).length > 0)
          await refusing(changes, () => row.update({ ...values, version: row.version + 1 }));
        return this.get(id, { inactive: true });
      },
      options,
    );
  }

  /** @throws Failure PRODUCT_NOT_FOUND, STALE_ETAG */
  async delete(id: string, { etag }: Seen, options: TransactionOptions): Promise<void> {
    await withTransaction(
      this.#database,
      async () => {
        const row = await this.#lock(id, etag);
        await row.update({ deletedAt: new Date(), version: row.version + 1 });
      },
      options,
    );
  }

  /** @throws Failure PRODUCT_NOT_FOUND */
  async get(id: string, visibility: Visibility): Promise<ProductRecord> {
    const [product] = await this.batchGet([id], visibility);
    if (product === undefined) throw productNotFound(id);
    return product;
  }

  /** In the order of the ids; one that comes twice counts once. @throws Failure PRODUCT_NOT_FOUND for any of them */
  async batchGet(ids: string[], { inactive }: Visibility): Promise<ProductRecord[]> {
    const wanted = [...new Set(ids)];
    const sql = `SELECT ${PRODUCT_COLUMNS} ${FROM} WHERE p.id = ANY($1::uuid[]) AND p.deleted_at IS NULL ${inactive ? "" : "AND p.active AND c.active"}`;
    const rows = await runSql<ProductRecord>(this.#database, sql, [wanted]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return wanted.map((id) => {
      const row = byId.get(id);
      if (row === undefined) throw productNotFound(id);
      return row;
    });
  }

  /** Orders go on meanwhile: their foreign keys do not wait for this lock. */
  async #lock(id: string, etag: string): Promise<ProductRow> {
    const row = await this.#model.findOne({ where: { id, deletedAt: null }, lock: Transaction.LOCK.NO_KEY_UPDATE });
    if (row === null) throw productNotFound(id);
    checkEtag(etag, row.version);
    this.#onChange?.(await this.get(id, { inactive: true }));
    return row;
  }
}

function rewords({ title, description, categoryId }: Partial<NewProduct>): boolean {
  return title !== undefined || description !== undefined || categoryId !== undefined;
}

/** $1 the product; $2 the category it is moved to, or null. */
const HOLD_NAMES =
  "SELECT catalog.hold_names(ARRAY[(SELECT category_id FROM catalog.products WHERE id = $1), $2::uuid])";

async function refusing(product: Partial<NewProduct>, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (breaksUniqueSku(error)) throw skuTaken(product.sku ?? "");
    if (error instanceof ForeignKeyConstraintError) throw categoryNotFound(product.categoryId ?? "");
    throw error;
  }
}

function productNotFound(id: string): Failure {
  return new Failure("PRODUCT_NOT_FOUND", `There is no product ${id}.`);
}

function skuTaken(sku: string): Failure {
  return new Failure("SKU_TAKEN", `There is a product with SKU ${sku} already.`, {
    violations: [{ field: "product.sku", description: "is taken" }],
  });
}

function categoryNotFound(id: string): Failure {
  return new Failure("CATEGORY_NOT_FOUND", `There is no category ${id}.`, {
    violations: [{ field: "product.category_id", description: "names no category" }],
  });
}
