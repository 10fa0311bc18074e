/**
 * Turns a row of a product file into a product, or says what is wrong with it. No I/O here.
 *
 * A row is held against the rules of CreateProduct in the proto: what the API refuses, a file cannot bring in.
 */
import { create } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation } from "@bufbuild/protovalidate";
import { CreateProductRequestSchema } from "../../../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { type Currency, toMoney } from "../../../platform/wire/money.ts";
import { trimmed } from "../../../platform/wire/trim.ts";
import { fromDecimal } from "./amount.ts";
import { type Cells, unguarded } from "./columns.ts";

/** null: the file does not say, so an existing product keeps what it has and a new one gets the usual. */
export interface ImportedProduct {
  sku: string;
  title: string;
  description: string | null;
  /** Minor units. */
  price: bigint;
  categoryId: string;
  featured: boolean | null;
  active: boolean | null;
}

export interface RowRules {
  currency: Currency;
  /** Ids of categories by their names in lower case. */
  categories: ReadonlyMap<string, string>;
}

/** What a decoder puts in the place of bytes that are no UTF-8. */
const NO_UTF8 = "\uFFFD";
const BOOLEANS = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

const validator = createValidator();

/** @throws RangeError that says all that is wrong with the row */
export function readRow(cells: Cells, { currency, categories }: RowRules): ImportedProduct {
  const problems: string[] = [];
  const text = (cell: string | undefined) => unguarded(cell ?? "");
  const product = {
    sku: trimmed(text(cells.sku)),
    title: trimmed(text(cells.title)),
    description: cells.description === undefined ? null : text(cells.description),
    price: priceOf(cells.price ?? "", currency, problems),
    categoryId: categoryOf(trimmed(text(cells.category)), categories, problems),
    featured: booleanOf("featured", cells.featured, problems),
    active: booleanOf("active", cells.active, problems),
  };
  const named = (cells.currency ?? "").trim();
  if (named !== "" && named !== currency.code)
    problems.push(`currency: it is ${currency.code} here, not ${named.slice(0, 10)}`);
  if (Object.values(cells).some((cell) => cell.includes(NO_UTF8))) problems.push("the line is not in UTF-8");
  if (problems.length === 0) problems.push(...brokenRules(product, currency));
  if (problems.length > 0) throw new RangeError(problems.join("; "));
  return product;
}

function priceOf(cell: string, currency: Currency, problems: string[]): bigint {
  try {
    return fromDecimal(cell, currency);
  } catch (error) {
    problems.push(`price: ${error instanceof Error ? error.message : String(error)}`);
    return 0n;
  }
}

function categoryOf(name: string, categories: ReadonlyMap<string, string>, problems: string[]): string {
  const id = categories.get(name) ?? categories.get(name.toLowerCase());
  if (id === undefined)
    problems.push(name === "" ? "category: must be given" : `category: there is no category "${name.slice(0, 100)}"`);
  return id ?? "";
}

function booleanOf(column: string, cell: string | undefined, problems: string[]): boolean | null {
  const word = (cell ?? "").trim().toLowerCase();
  if (word === "") return null;
  const value = BOOLEANS.get(word);
  if (value === undefined) problems.push(`${column}: "${word.slice(0, 20)}" is neither true nor false`);
  return value ?? null;
}

function brokenRules(
  { price, description, featured, active, ...product }: ImportedProduct,
  currency: Currency,
): string[] {
  const request = create(CreateProductRequestSchema, {
    product: {
      ...product,
      description: description ?? "",
      price: toMoney(price, currency),
      featured: featured ?? false,
      active: active ?? true,
    },
  });
  const result = validator.validate(CreateProductRequestSchema, request);
  if (result.kind === "error") throw result.error;
  return result.kind === "valid" ? [] : result.violations.map(sentence);
}

/** "product.title" is the file's column "title". */
function sentence({ field, message, ruleId }: Violation): string {
  const column = pathToString(field).replace(/^product\.?/, "");
  // Of the fields of a file only texts have a pattern, and it is always this one.
  const rule = ruleId === "string.pattern" ? "must have no tabs, line ends and other control characters" : message;
  const text = (rule === "" ? ruleId : rule).replaceAll("product.", "");
  return column === "" ? text : `${column}: ${text}`;
}
