/**
 * Brings a product file (CSV) into the catalog: good rows go in, bad ones are told with their line and their reason.
 *
 * The file is read as a stream and written in batches, each a transaction, so that half a million rows take no more
 * memory than a thousand, and an import that is cut is completed by running it again. SKUs that were seen are kept in a
 * table of the connection, not here; hence a connection of its own, which no pooler may share out by transactions.
 */
import type { Readable } from "node:stream";
import { type CsvError, parse } from "csv-parse";
import type { Sequelize, Transaction } from "sequelize";
import { copyInto } from "../../../platform/database/copy.ts";
import { runSql, openDatabase } from "../../../platform/database/database.ts";
import { newId } from "../../../platform/wire/uuid.ts";
import type { Currency } from "../../../platform/wire/money.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import { breaksUniqueSku } from "../sku.ts";
import { type Cells, readHeader } from "./columns.ts";
import {
  CREATE_SEEN,
  CREATE_STAGED,
  DROP_REPEATED,
  HOLD_NAMES,
  LOCK_CHANGED,
  NOTE_SEEN,
  STAGED,
  WRITE,
} from "./import-sql.ts";
import { type ImportedProduct, readRow, type RowRules } from "./read-row.ts";

/** Rows of one transaction: its commit costs little then, and its locks are short. */
const BATCH_ROWS = 2_000;
/** More than the longest product, whose description has 5,000 characters. A quote that nobody closed ends here. */
const MAX_ROW_BYTES = 64 * 1024;
/** Each takes somebody who makes one of the batch's products in its few milliseconds. */
const MAX_LOOKS = 5;
const NO_TIMEOUT_MS = 0;

export interface ImportOptions {
  /** A connection of its own, not through a pooler that shares connections out by transactions. */
  databaseUrl: string;
  currency: Currency;
  input: Readable;
  /** A row that did not go in. Lines count from 1, the header's. */
  onRefused(line: number, reason: string): void;
}

export interface ImportReport {
  added: number;
  changed: number;
  unchanged: number;
  refused: number;
}

/** @throws RangeError for a file whose first line is no header of ours */
export async function importProducts({
  databaseUrl,
  currency,
  input,
  onRefused,
}: ImportOptions): Promise<ImportReport> {
  const database = openDatabase({
    url: databaseUrl,
    pool: 1,
    name: "bodega import",
    statementTimeoutMs: NO_TIMEOUT_MS,
  });
  const report: ImportReport = { added: 0, changed: 0, unchanged: 0, refused: 0 };
  const refuse = (line: number, reason: string) => {
    report.refused++;
    onRefused(line, reason);
  };
  try {
    await runSql(database, CREATE_SEEN);
    const rules = { currency, categories: await categoriesByName(database) };
    for await (const batch of batchesOf(goodRows(input, rules, refuse))) {
      const { added, changed, unchanged } = await write(database, batch, refuse);
      report.added += added;
      report.changed += changed;
      report.unchanged += unchanged;
    }
    return report;
  } finally {
    input.destroy();
    await database.close();
  }
}

type Refuse = (line: number, reason: string) => void;

interface NumberedRow {
  line: number;
  product: ImportedProduct;
}

/** By the name itself and by the name in any case, folded here: what the database folds depends on its locale. */
async function categoriesByName(database: Sequelize): Promise<Map<string, string>> {
  const rows = await runSql<{ id: string; name: string }>(database, "SELECT id, name FROM catalog.categories");
  return new Map([
    ...rows.map(({ id, name }) => [name.toLowerCase(), id] as const),
    ...rows.map(({ id, name }) => [name, id] as const),
  ]);
}

async function* goodRows(input: Readable, rules: RowRules, refuse: Refuse): AsyncGenerator<NumberedRow> {
  for await (const { cells, line } of rowsOf(input, refuse)) {
    try {
      yield { line, product: readRow(cells, rules) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refuse(line, error.message);
    }
  }
}

async function* rowsOf(input: Readable, refuse: Refuse): AsyncGenerator<{ cells: Cells; line: number }> {
  let headers = 0;
  const parser = parse({
    bom: true,
    columns: (header: string[]) => {
      headers++;
      return readHeader(header);
    },
    info: true,
    // Files that were edited on several systems have both.
    record_delimiter: ["\r\n", "\n"],
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
    skip_records_with_error: true,
    on_skip: (error) => {
      if (error !== undefined) refuse(lineOf(error), reasonOf(error));
      return undefined;
    },
  });
  input.once("error", (error) => parser.destroy(error));
  const records: AsyncIterable<{ record: Cells; info: { lines: number } }> = input.pipe(parser);
  for await (const { record, info } of records) yield { cells: record, line: info.lines - lineEndsIn(record) };
  if (headers === 0) throw new RangeError("the file is empty");
}

/** A cell may hold line ends; the parser tells where a row ends, and people look for where it begins. */
function lineEndsIn(record: Cells): number {
  return Object.values(record).reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
}

/** Its typings do not know it (docs/upgrading.md). */
function lineOf(error: CsvError): number {
  const line: unknown = Reflect.get(error, "lines");
  return typeof line === "number" ? line : 0;
}

/** What the parser says names its own internals; these are the same in words. */
function reasonOf(error: CsvError): string {
  switch (error.code) {
    case "CSV_RECORD_INCONSISTENT_COLUMNS":
    case "CSV_RECORD_INCONSISTENT_FIELDS_LENGTH":
      return "the row has more or fewer cells than the header";
    case "CSV_QUOTE_NOT_CLOSED":
      return "a quote before this line is never closed; everything after it was not read";
    case "CSV_MAX_RECORD_SIZE":
      return `a row is longer than ${MAX_ROW_BYTES} bytes (is a quote not closed?); everything after it was not read`;
    default:
      return `the quotes are not right (a quote inside a cell is written twice, and the cell stands in quotes)`;
  }
}

async function* batchesOf(rows: AsyncIterable<NumberedRow>): AsyncGenerator<NumberedRow[]> {
  let batch: NumberedRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function write(
  database: Sequelize,
  batch: NumberedRow[],
  refuse: Refuse,
): Promise<Omit<ImportReport, "refused">> {
  const { repeated, added, changed } = await lookingAgain(database, async (transaction) => {
    await runSql(database, CREATE_STAGED);
    await copyInto(
      transaction,
      STAGED,
      batch.map(({ line, product }) => {
        const { sku, title, description, price, categoryId, featured, active } = product;
        return [line, newId(), sku, title, description, price, categoryId, featured, active];
      }),
    );
    await runSql(database, NOTE_SEEN);
    const repeated = await runSql<{ line: number; sku: string; first_line: number }>(database, DROP_REPEATED);
    await runSql(database, HOLD_NAMES);
    await runSql(database, LOCK_CHANGED);
    const [counts] = await runSql<{ added: number; changed: number }>(database, WRITE);
    return { repeated, added: counts?.added ?? 0, changed: counts?.changed ?? 0 };
  });
  for (const { line, sku, first_line: first } of repeated) refuse(line, `sku: ${sku} is on line ${first} already`);
  return { added, changed, unchanged: batch.length - repeated.length - added - changed };
}

/**
 * Somebody else may make the same product between our look and our write, which then breaks the index by exact text,
 * on which ON CONFLICT does not look. The batch looks again, and finds it.
 */
async function lookingAgain<T>(database: Sequelize, work: (transaction: Transaction) => Promise<T>): Promise<T> {
  for (let looks = 1; ; looks++) {
    try {
      return await withTransaction(database, work);
    } catch (error) {
      if (looks === MAX_LOOKS || !breaksUniqueSku(error)) throw error;
    }
  }
}
