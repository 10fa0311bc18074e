/**
 * Spreads a category's new name into the words of its products: the rename itself changes one row, this follows.
 *
 * In pieces, each a transaction of its own, so that a category of a hundred thousand products holds up nobody for long.
 * Who renames does the first of them himself, so that a small category is done when he is answered; a job of the
 * worker does what is left. The note of the rename is each piece's lock, so that two never do the same one.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { sqlState } from "../../platform/errors/database-errors.ts";
import { withTransaction } from "../../platform/database/transaction.ts";

/** Products of one piece: some tens of milliseconds. */
export const PIECE = 500;
/** What the caller of a rename waits for, beside the rename. */
const CALLERS_SHARE_MS = 1_000;
/** How long a piece waits for somebody who changes a product. Below PostgreSQL's deadlock_timeout (1 s): it gives way first. */
const LOCK_TIMEOUT_MS = 500;
const LOCK_NOT_AVAILABLE = "55P03";

interface Rename {
  category_id: string;
  settled: boolean;
  done_to: string;
}

/** For the caller of a rename, after its commit: pieces until all is done, or his share of them. */
export async function renameInProducts(database: Sequelize, categoryId: string, deadline = Infinity): Promise<void> {
  const until = Math.min(deadline, Date.now() + CALLERS_SHARE_MS);
  try {
    while (Date.now() < until && (await renameInProductsByPieces(database, PIECE, categoryId)) === PIECE);
  } catch {
    // The rename is done. The worker comes to the rest, and tells what keeps it.
  }
}

/**
 * Spreads a piece of a name, at most to `limit` products.
 * @param categoryId whose; any one's that has a new name, unless told
 * @returns `limit` when there may be more to do, otherwise less
 */
export async function renameInProductsByPieces(
  database: Sequelize,
  limit: number,
  categoryId?: string,
): Promise<number> {
  try {
    return await withTransaction(database, async () => {
      await runSql(database, `SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
      const [rename] = await runSql<Rename>(database, TAKE, [categoryId ?? null]);
      if (rename === undefined) return 0;
      return rename.settled ? spread(database, rename, limit) : settle(database, rename, limit);
    });
  } catch (error) {
    if (sqlState(error) === LOCK_NOT_AVAILABLE) return 0;
    throw error;
  }
}

/** Any of them, so that one which somebody holds up does not hold up the others. */
const TAKE = `
  SELECT category_id, settled, done_to FROM catalog.renames WHERE $1::uuid IS NULL OR category_id = $1
  ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED`;

/** Its lock ends with its transaction, before any product is touched. */
async function settle(database: Sequelize, { category_id }: Rename, limit: number): Promise<number> {
  await runSql(database, "SELECT catalog.await_name($1)", [category_id]);
  await runSql(database, "UPDATE catalog.renames SET settled = true WHERE category_id = $1", [category_id]);
  return limit;
}

async function spread(database: Sequelize, { category_id, done_to }: Rename, limit: number): Promise<number> {
  const products = await runSql<{ id: string }>(
    database,
    `SELECT id FROM catalog.products WHERE category_id = $1 AND id > $2 AND deleted_at IS NULL
     ORDER BY id LIMIT $3 FOR NO KEY UPDATE`,
    [category_id, done_to, limit],
  );
  const ids = products.map(({ id }) => id);
  if (ids.length > 0) await runSql(database, REWORD, [ids]);
  if (ids.length < limit) await runSql(database, "DELETE FROM catalog.renames WHERE category_id = $1", [category_id]);
  else
    await runSql(database, "UPDATE catalog.renames SET done_to = $2 WHERE category_id = $1", [category_id, ids.at(-1)]);
  return ids.length;
}

const REWORD = `
  UPDATE catalog.products p SET words = catalog.words_of(p.title, c.name, p.description)
  FROM catalog.categories c WHERE p.id = ANY($1::uuid[]) AND c.id = p.category_id`;
