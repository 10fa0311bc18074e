/** Rows as CSV, as spreadsheets read it: RFC 4180 in UTF-8 with its mark, and no cell that one would run. */

/** Without it a spreadsheet takes UTF-8 for an old Windows code page. */
const BYTE_ORDER_MARK = "\uFEFF";
/** What a spreadsheet takes for a formula (OWASP, "CSV injection"); a plain number is none. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** What a file needs to know of a list's column. */
export interface FileColumn<T> {
  label: string;
  cell(row: T): unknown;
  text?(row: T): string;
}

/** A column without a text, such as one of images, is left out. */
export function csvOf<T>(columns: readonly FileColumn<T>[], rows: readonly T[]): string {
  const told = columns.filter((column) => rows.some((row) => textOf(column, row) !== undefined));
  const lines = rows.map((row) => told.map((column) => textOf(column, row) ?? ""));
  return BYTE_ORDER_MARK + [told.map(({ label }) => label), ...lines].map(lineOf).join("");
}

function textOf<T>({ text, cell }: FileColumn<T>, row: T): string | undefined {
  if (text !== undefined) return text(row);
  const shown = cell(row);
  return typeof shown === "string" || typeof shown === "number" ? String(shown) : undefined;
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(cellOf).join(",")}\r\n`;
}

function cellOf(text: string): string {
  const harmless = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
