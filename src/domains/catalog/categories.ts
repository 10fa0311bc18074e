/** The repository of categories. */
import { type LOCK, type ModelStatic, Op, type Sequelize, Transaction, type WhereOptions } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { brokenConstraint, brokenUniqueConstraint } from "../../platform/errors/database-errors.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { checkEtag } from "../../platform/wire/etag.ts";
import { newId } from "../../platform/wire/uuid.ts";
import { after, type Page, type PageRequest, type PageTokens } from "../../platform/wire/page-token.ts";
import { afterCommit, type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";
import { categoryModel, type CategoryRow } from "./model.ts";
import { renameInProducts } from "./category-renames.ts";
import type { Visibility } from "./visibility.ts";

export interface NewCategory {
  name: string;
  description: string;
  active: boolean;
}

export interface CategoriesOptions {
  /** Told of a category that is about to be changed, as it was. Nobody unless told. */
  onChange?: (category: CategoryRow) => void;
}

export class Categories {
  readonly #database: Sequelize;
  readonly #model: ModelStatic<CategoryRow>;
  readonly #pageTokens: PageTokens;
  readonly #onChange: (category: CategoryRow) => void;

  constructor(database: Sequelize, pageTokens: PageTokens, { onChange = () => undefined }: CategoriesOptions = {}) {
    this.#database = database;
    this.#model = categoryModel(database);
    this.#pageTokens = pageTokens;
    this.#onChange = onChange;
  }

  /** @throws Failure CATEGORY_NAME_TAKEN */
  async create(category: NewCategory): Promise<CategoryRow> {
    return refusingTaken(category, () => this.#model.create({ id: newId(), ...category }));
  }

  /** @throws Failure CATEGORY_NOT_FOUND, STALE_ETAG, CATEGORY_NAME_TAKEN */
  async update(
    id: string,
    changes: Partial<NewCategory>,
    { etag }: { etag: string },
    options: TransactionOptions,
  ): Promise<CategoryRow> {
    return withTransaction(
      this.#database,
      async () => {
        const row = await this.#lock(id, etag, Transaction.LOCK.NO_KEY_UPDATE);
        if (Object.keys(changes).length === 0) return row;
        if (changes.name !== undefined) await afterCommit(() => renameInProducts(this.#database, id, options.deadline));
        return refusingTaken(changes, () => row.update({ ...changes, version: row.version + 1 }));
      },
      options,
    );
  }

  /**
   * The question before the attempt spares a full one; a product that is made in between is caught by the constraint.
   * @throws Failure CATEGORY_NOT_FOUND, STALE_ETAG, CATEGORY_NOT_EMPTY
   */
  async delete(id: string, { etag }: { etag: string }, options: TransactionOptions): Promise<void> {
    await withTransaction(
      this.#database,
      async () => {
        const row = await this.#lock(id, etag, Transaction.LOCK.UPDATE);
        const products = await runSql(
          this.#database,
          "SELECT FROM catalog.products WHERE category_id = $1 AND deleted_at IS NULL LIMIT 1",
          [id],
        );
        if (products.length > 0) throw notEmpty(row.name);
        try {
          await row.destroy();
        } catch (error) {
          throw brokenConstraint(error) === "products_category_kept" ? notEmpty(row.name) : error;
        }
      },
      options,
    );
  }

  /** @throws Failure CATEGORY_NOT_FOUND */
  async get(id: string, { inactive }: Visibility): Promise<CategoryRow> {
    const category = await this.#model.findOne({ where: { id, ...(inactive ? {} : { active: true }) } });
    if (category === null) throw categoryNotFound(id);
    return category;
  }

  /** By name. */
  async list(
    request: PageRequest,
    { inactive, active }: Visibility & { active?: boolean | undefined },
  ): Promise<Page<CategoryRow>> {
    const reading = this.#pageTokens.begin(request, ["categories", inactive, active]);
    const [name, id] = reading.cursor;
    const conditions: WhereOptions<CategoryRow>[] = [];
    if (!inactive) conditions.push({ active: true });
    if (active !== undefined) conditions.push({ active });
    if (name !== undefined && id !== undefined) conditions.push(after({ name, id }));
    const rows = await this.#model.findAll({
      where: { [Op.and]: conditions },
      order: ["name", "id"],
      limit: reading.limit,
    });
    return reading.page(rows, (row) => [row.name, row.id]);
  }

  /** Products are made and moved while their category is changed, and not while it is deleted. */
  async #lock(id: string, etag: string, lock: LOCK): Promise<CategoryRow> {
    const row = await this.#model.findOne({ where: { id }, lock });
    if (row === null) throw categoryNotFound(id);
    checkEtag(etag, row.version);
    this.#onChange(row);
    return row;
  }
}

async function refusingTaken<T>({ name }: Partial<NewCategory>, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (brokenUniqueConstraint(error) !== "categories_name") throw error;
    throw new Failure("CATEGORY_NAME_TAKEN", `There is a category "${name}" already.`, {
      violations: [{ field: "category.name", description: "is taken" }],
    });
  }
}

function categoryNotFound(id: string): Failure {
  return new Failure("CATEGORY_NOT_FOUND", `There is no category ${id}.`);
}

function notEmpty(name: string): Failure {
  return new Failure("CATEGORY_NOT_EMPTY", `"${name}" has products. Move or delete them first.`);
}
