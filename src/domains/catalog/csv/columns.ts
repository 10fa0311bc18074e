/**
 * The columns of a product file, and how a cell keeps spreadsheets from running it. No I/O here.
 *
 * A spreadsheet takes a cell that begins with = + - or @ for a formula, and a product's title may come from anybody. So
 * an export puts an apostrophe before such a cell (OWASP, "CSV Injection"), and an import takes it away again; what
 * began with apostrophes and one of these gets one more, so that every text comes back as it was.
 */

export const columns = ["sku", "title", "description", "price", "currency", "category", "featured", "active"] as const;
export type Column = (typeof columns)[number];
const REQUIRED: readonly Column[] = ["sku", "title", "price", "category"];

/** A row as a file has it; columns that the file leaves out are undefined. */
export type Cells = Partial<Record<Column, string>>;

const FORMULA = /^'*[=+\-@\t\r]/;
const GUARDED_FORMULA = /^'+[=+\-@\t\r]/;

export function guarded(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

export function unguarded(cell: string): string {
  return GUARDED_FORMULA.test(cell) ? cell.slice(1) : cell;
}

/** @throws RangeError that says what is wrong with the file's first line */
export function readHeader(header: string[]): Column[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const found = names.map((name) => {
    const column = columns.find((one) => one === name);
    if (column === undefined)
      throw new RangeError(`there is no column "${name}"; the columns are ${columns.join(", ")}, between commas`);
    return column;
  });
  const twice = found.find((name, at) => found.indexOf(name) !== at);
  if (twice !== undefined) throw new RangeError(`the column ${twice} is there twice`);
  const missing = REQUIRED.filter((name) => !found.includes(name));
  if (missing.length > 0) throw new RangeError(`the column ${missing.join(", ")} is missing`);
  return found;
}
