/** Which image a product or category has. Its bytes are kept elsewhere, before its row names them. */
import type { Sequelize } from "sequelize";
import { noteNewEtag, noteOldEtag } from "../../platform/context/audit-notes.ts";
import { runSql } from "../../platform/database/database.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import { type TransactionOptions, withTransaction } from "../../platform/database/transaction.ts";

export class Images {
  readonly #database: Sequelize;

  constructor(database: Sequelize) {
    this.#database = database;
  }

  /** The same image again is no change. @throws Failure PRODUCT_NOT_FOUND */
  async setProductImage(id: string, imageUri: string, options: TransactionOptions): Promise<void> {
    const found = await this.#set(setImage("products", "AND deleted_at IS NULL"), [id, imageUri], options);
    if (!found) throw new Failure("PRODUCT_NOT_FOUND", `There is no product ${id}.`);
  }

  /** The same image again is no change. @throws Failure CATEGORY_NOT_FOUND */
  async setCategoryImage(id: string, imageUri: string, options: TransactionOptions): Promise<void> {
    const found = await this.#set(setImage("categories", ""), [id, imageUri], options);
    if (!found) throw new Failure("CATEGORY_NOT_FOUND", `There is no category ${id}.`);
  }

  async #set(sql: string, bind: string[], options: TransactionOptions): Promise<boolean> {
    const rows = await withTransaction(this.#database, () => runSql<Versions>(this.#database, sql, bind), options);
    const [row] = rows;
    if (row !== undefined) note(row);
    return row !== undefined;
  }
}

interface Versions {
  version: number;
  versionBefore: number;
}

/** The answer carries no etag; the audit log has both all the same. */
function note({ version, versionBefore }: Versions): void {
  noteOldEtag(etagOf(versionBefore));
  noteNewEtag(etagOf(version));
}

function setImage(table: "products" | "categories", condition: string): string {
  return `
    WITH before AS (SELECT id, version FROM catalog.${table} WHERE id = $1 ${condition} FOR NO KEY UPDATE)
    UPDATE catalog.${table} AS row SET
      version = row.version + (image_uri <> $2::text)::integer,
      updated_at = CASE WHEN image_uri <> $2::text THEN now() ELSE updated_at END,
      image_uri = $2::text
    FROM before WHERE row.id = before.id
    RETURNING row.version, before.version AS "versionBefore"`;
}
