/** Which image a product or category has. Its bytes are kept elsewhere, before its row names them. */
import type { Sequelize } from "sequelize";
import { noteChange, noteNewEtag, noteObjectName, noteOldEtag } from "../../platform/context/audit-notes.ts";
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
    const found = await this.#set(setImage("products", "title", "AND deleted_at IS NULL"), [id, imageUri], options);
    if (!found) throw new Failure("PRODUCT_NOT_FOUND", `There is no product ${id}.`);
  }

  /** The same image again is no change. @throws Failure CATEGORY_NOT_FOUND */
  async setCategoryImage(id: string, imageUri: string, options: TransactionOptions): Promise<void> {
    const found = await this.#set(setImage("categories", "name", ""), [id, imageUri], options);
    if (!found) throw new Failure("CATEGORY_NOT_FOUND", `There is no category ${id}.`);
  }

  async #set(sql: string, bind: string[], options: TransactionOptions): Promise<boolean> {
    const rows = await withTransaction(this.#database, () => runSql<Written>(this.#database, sql, bind), options);
    const [row] = rows;
    if (row !== undefined) note(row);
    return row !== undefined;
  }
}

interface Written {
  version: number;
  versionBefore: number;
  imageUri: string;
  imageUriBefore: string;
  name: string;
}

/** The answer carries nothing of it; the audit log has it all the same. */
function note({ version, versionBefore, imageUri, imageUriBefore, name }: Written): void {
  noteOldEtag(etagOf(versionBefore));
  noteNewEtag(etagOf(version));
  noteObjectName(name);
  if (imageUri !== imageUriBefore) noteChange({ path: "image_uri", oldValue: imageUriBefore, newValue: imageUri });
}

function setImage(table: "products" | "categories", name: "title" | "name", condition: string): string {
  return `
    WITH before AS (SELECT id, version, image_uri FROM catalog.${table} WHERE id = $1 ${condition} FOR NO KEY UPDATE)
    UPDATE catalog.${table} AS row SET
      version = row.version + (row.image_uri <> $2::text)::integer,
      updated_at = CASE WHEN row.image_uri <> $2::text THEN now() ELSE updated_at END,
      image_uri = $2::text
    FROM before WHERE row.id = before.id
    RETURNING row.version, before.version AS "versionBefore", row.image_uri AS "imageUri",
              before.image_uri AS "imageUriBefore", row.${name} AS name`;
}
