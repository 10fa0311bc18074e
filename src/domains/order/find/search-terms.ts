/**
 * By which words an order is found, and what a query asks for: as terms of a tsvector and as a tsquery. Pure.
 *
 * Each term begins with a sign of what it is, so that a name finds names and a SKU finds SKUs. They are made here and
 * not by a text search configuration: nothing is stemmed or left out, and what is written and asked is folded alike.
 */

/** What is known of an order beside its id. */
export interface Findable {
  id: string;
  email: string;
  /** First and last name. */
  name: string;
  skus: readonly string[];
}

const ID_END = "#";
const EMAIL = "@";
const SKU = "=";
const NAME = "~";
/** Of what is a person's, for a deleted account. */
export const PERSONAL = [EMAIL, NAME];

const WHOLE_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const END_OF_ID = /^[0-9a-f]{8}$/;
const WORDS = /[\p{L}\p{N}]+/gu;
/** A lexeme of PostgreSQL has at most 2 KB. */
const MAX_LENGTH = 255;

/** @returns the text of a tsvector */
export function termsOf({ id, email, name, skus }: Findable): string {
  const terms = [
    ID_END + id.slice(-8),
    ...(email === "" ? [] : [EMAIL + fold(email)]),
    ...skus.map((sku) => SKU + fold(sku)),
    ...wordsOf(name).map((word) => NAME + word),
  ];
  return [...new Set(terms)].map(quoted).join(" ");
}

/** It finds its order without terms, at once. */
export function isWholeId(query: string): boolean {
  return WHOLE_ID.test(query);
}

/** @param query not empty. @returns the text of a tsquery: any of what the query may mean */
export function termsAsked(query: string): string {
  const whole = fold(query);
  const names = wordsOf(query).map((word) => `${quoted(NAME + word)}:*`);
  const meanings = [
    ...(END_OF_ID.test(whole) ? [quoted(ID_END + whole)] : []),
    quoted(EMAIL + whole),
    quoted(SKU + whole),
    ...(names.length === 0 ? [] : [`(${names.join(" & ")})`]),
  ];
  return meanings.join(" | ");
}

/** In lower case and without accents. */
function fold(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().slice(0, MAX_LENGTH);
}

function wordsOf(text: string): string[] {
  return fold(text).match(WORDS) ?? [];
}

function quoted(term: string): string {
  return `'${term.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
