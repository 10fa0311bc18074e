/**
 * The repository of stores.
 *
 * A store is really deleted, and foreign keys decide whether it may be: they hold also against an order or a receipt
 * that is being written at this moment. Its ledger stays.
 */
import {
  ForeignKeyConstraintError,
  type ModelStatic,
  Op,
  type Sequelize,
  Transaction,
  type WhereOptions,
} from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { brokenUniqueConstraint } from "../../platform/errors/database-errors.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { checkEtag } from "../../platform/wire/etag.ts";
import { newId } from "../../platform/wire/uuid.ts";
import { type Page, type PageRequest, type PageTokens, after } from "../../platform/wire/page-token.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { storeModel, type StoreRow } from "./model.ts";

export interface NewStore {
  name: string;
  address: string;
  phone: string;
  active: boolean;
  /** Under this quantity a product counts as low; 0 for never. */
  lowStockThreshold: number;
}

export interface StoresOptions {
  /** Told of a store that is about to be changed, as it was. Nobody unless told. */
  onChange?: (store: StoreRow) => void;
}

export class Stores {
  readonly #database: Sequelize;
  readonly #model: ModelStatic<StoreRow>;
  readonly #pageTokens: PageTokens;
  readonly #onChange: (store: StoreRow) => void;

  constructor(database: Sequelize, pageTokens: PageTokens, { onChange = () => undefined }: StoresOptions = {}) {
    this.#database = database;
    this.#model = storeModel(database);
    this.#pageTokens = pageTokens;
    this.#onChange = onChange;
  }

  /** @throws Failure STORE_NAME_TAKEN */
  async create(store: NewStore): Promise<StoreRow> {
    return namedOnce(store.name, () => this.#model.create({ id: newId(), ...store }));
  }

  /** @throws Failure STORE_NOT_FOUND, STALE_ETAG, STORE_NAME_TAKEN */
  async update(
    id: string,
    changes: Partial<NewStore>,
    { etag, ...options }: TransactionOptions & { etag: string },
  ): Promise<StoreRow> {
    return withTransaction(
      this.#database,
      async () => {
        // Not FOR UPDATE, which every order in the store would wait for.
        const store = await this.#model.findByPk(id, { lock: Transaction.LOCK.NO_KEY_UPDATE });
        if (store === null) throw storeNotFound(id, "store.id");
        checkEtag(etag, store.version);
        this.#onChange(store);
        return namedOnce(changes.name ?? store.name, () => store.update({ ...changes, version: store.version + 1 }));
      },
      options,
    );
  }

  /** @throws Failure STORE_NOT_FOUND, STALE_ETAG, STORE_IN_USE with orders, stock or holds */
  async delete(id: string, { etag, ...options }: TransactionOptions & { etag: string }): Promise<void> {
    await withTransaction(
      this.#database,
      async () => {
        const store = await this.get(id, "id");
        checkEtag(etag, store.version);
        this.#onChange(store);
        if (await this.#hasStock(id)) throw storeInUse(store);
        await this.#dropEmptyShelves(id);
        try {
          const gone = await this.#model.destroy({ where: etag === "" ? { id } : { id, version: store.version } });
          // Deleted or changed since it was read here: the one or the other refuses.
          if (gone === 0) checkEtag(etag, (await this.get(id, "id")).version);
        } catch (error) {
          if (error instanceof ForeignKeyConstraintError) throw storeInUse(store);
          throw error;
        }
      },
      options,
    );
  }

  async #hasStock(id: string): Promise<boolean> {
    const rows = await runSql(
      this.#database,
      "SELECT FROM inventory.stock WHERE store_id = $1 AND (quantity > 0 OR reserved > 0) LIMIT 1",
      [id],
    );
    return rows.length > 0;
  }

  /** Before the store's own row is touched: stock rows come first for everybody. */
  async #dropEmptyShelves(id: string): Promise<void> {
    await runSql(
      this.#database,
      `DELETE FROM inventory.stock WHERE (store_id, product_id) IN (
         SELECT store_id, product_id FROM inventory.stock WHERE store_id = $1 ORDER BY product_id FOR UPDATE
       ) AND quantity = 0 AND reserved = 0`,
      [id],
    );
  }

  /** @param field where the request names it. @throws Failure STORE_NOT_FOUND */
  async get(id: string, field?: string): Promise<StoreRow> {
    const store = await this.#model.findByPk(id);
    if (store === null) throw storeNotFound(id, field);
    return store;
  }

  /** By name. */
  async list({ active }: { active?: boolean | undefined }, request: PageRequest): Promise<Page<StoreRow>> {
    const reading = this.#pageTokens.begin(request, ["stores", active]);
    const [name, id] = reading.cursor;
    const conditions: WhereOptions<StoreRow>[] = active === undefined ? [] : [{ active }];
    if (name !== undefined && id !== undefined) conditions.push(after({ name, id }));
    const rows = await this.#model.findAll({
      where: { [Op.and]: conditions },
      order: ["name", "id"],
      limit: reading.limit,
    });
    return reading.page(rows, (row) => [row.name, row.id]);
  }
}

/** @param field where the request names it */
export function storeNotFound(id: string, field = "store_id"): Failure {
  return new Failure("STORE_NOT_FOUND", `There is no store ${id}.`, {
    violations: [{ field, description: "names no store" }],
  });
}

async function namedOnce(name: string, write: () => Promise<StoreRow>): Promise<StoreRow> {
  try {
    return await write();
  } catch (error) {
    if (brokenUniqueConstraint(error) !== "stores_name") throw error;
    throw new Failure("STORE_NAME_TAKEN", `There is a store "${name}" already.`, {
      violations: [{ field: "store.name", description: "is taken" }],
    });
  }
}

function storeInUse({ id, name }: StoreRow): Failure {
  return new Failure(
    "STORE_IN_USE",
    `${name} has orders, stock or holds. Sell or move what it has; a store with orders stays: make it inactive.`,
    {
      metadata: { store_id: id },
    },
  );
}
