/**
 * Writes the catalog's products as a file (CSV), in the order in which they were made; inactive ones too.
 *
 * Read in pages by key inside one REPEATABLE READ transaction: a snapshot of one moment, in the memory of one page.
 */
import { pipeline } from "node:stream/promises";
import type { Writable } from "node:stream";
import { stringify } from "csv-stringify";
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import { type Currency, toDecimal } from "../../../platform/wire/money.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import { columns, guarded } from "./columns.ts";

const PAGE_ROWS = 2_000;
/** Before every id. */
const NIL = "00000000-0000-0000-0000-000000000000";

export interface ExportOptions {
  database: Sequelize;
  currency: Currency;
  output: Writable;
}

/** @returns how many products were written */
export async function exportProducts({ database, currency, output }: ExportOptions): Promise<number> {
  let written = 0;
  async function* lines(): AsyncGenerator<string[]> {
    yield [...columns];
    for await (const row of productsOf(database)) {
      written++;
      yield cellsOf(row, currency);
    }
  }
  await withTransaction(database, async () => {
    await database.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    await pipeline(lines(), stringify(), output);
  });
  return written;
}

interface ExportedRow {
  id: string;
  sku: string;
  title: string;
  description: string;
  /** Minor units, as text. */
  price: string;
  category: string;
  featured: boolean;
  active: boolean;
}

async function* productsOf(database: Sequelize): AsyncGenerator<ExportedRow> {
  let after = NIL;
  for (;;) {
    const rows = await runSql<ExportedRow>(database, PAGE, [after]);
    yield* rows;
    if (rows.length < PAGE_ROWS) return;
    after = rows.at(-1)?.id ?? after;
  }
}

const PAGE = `
  SELECT p.id, p.sku, p.title, p.description, p.price, c.name AS category, p.featured, p.active
  FROM catalog.products p JOIN catalog.categories c ON c.id = p.category_id
  WHERE p.deleted_at IS NULL AND p.id > $1
  ORDER BY p.id LIMIT ${PAGE_ROWS}`;

/** In the order of `columns`. */
function cellsOf(
  { sku, title, description, price, category, featured, active }: ExportedRow,
  currency: Currency,
): string[] {
  return [
    guarded(sku),
    guarded(title),
    guarded(description),
    toDecimal(BigInt(price), currency),
    currency.code,
    guarded(category),
    String(featured),
    String(active),
  ];
}
