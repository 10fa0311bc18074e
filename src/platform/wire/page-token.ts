/**
 * Page tokens: where a list goes on, signed, and bound to the query that they came from.
 *
 * Keyset paging: the token holds the last row's sort key, so a page costs the same at any depth and rows that are
 * inserted meanwhile are neither skipped nor repeated. Signed, because a cursor goes into SQL conditions, and an
 * invented one should fail here with a clear answer.
 */
import { Op, type WhereOptions } from "sequelize";
import { Failure } from "../errors/failure.ts";
import { TokenSigner } from "../crypto/signed-token.ts";

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

/** The last row's sort key, one entry for each column of the order. */
export type Cursor = string[];

export interface PageRequest {
  pageSize: number;
  pageToken: string;
}

export interface Page<Row> {
  rows: Row[];
  nextPageToken: string;
}

export class PageTokens {
  readonly #key: Buffer;

  /** @param key shared by every process, since any of them may get the next page's call */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /**
   * Begins to read the page that `request` asks for.
   * @param query names the list and all that it is bound to; a token of another one is refused
   * @throws Failure INVALID_PAGE_TOKEN
   */
  begin({ pageSize, pageToken }: PageRequest, query: readonly unknown[]): PageReading {
    const signer = new TokenSigner(this.#key, query);
    return new PageReading(signer, pageToken === "" ? [] : cursorIn(pageToken, signer), pageSizeOf(pageSize));
  }
}

/** A page that is being read: from where, how much, and what becomes of the rows. */
export class PageReading {
  readonly #signer: TokenSigner;
  readonly #size: number;
  /** The last row's sort key on the page before; empty on page one. */
  readonly cursor: Cursor;

  constructor(signer: TokenSigner, cursor: Cursor, size: number) {
    this.#signer = signer;
    this.#size = size;
    this.cursor = cursor;
  }

  /** How many rows to read: one more than the page holds, which says whether there is a next page. */
  get limit(): number {
    return this.#size + 1;
  }

  /** Cuts what was read into a page. */
  page<Row>(rows: Row[], cursorOf: (row: Row) => Cursor): Page<Row> {
    const shown = rows.slice(0, this.#size);
    const last = shown.at(-1);
    const hasNext = rows.length > this.#size && last !== undefined;
    return { rows: shown, nextPageToken: hasNext ? this.#signer.sign(JSON.stringify(cursorOf(last))) : "" };
  }
}

function cursorIn(token: string, signer: TokenSigner): Cursor {
  const payload = signer.verify(token);
  if (payload === undefined) {
    throw new Failure(
      "INVALID_PAGE_TOKEN",
      "page_token does not belong to this query. Leave it empty for the first page.",
      {
        violations: [{ field: "page_token", description: "does not belong to this query" }],
      },
    );
  }
  const cursor: unknown = JSON.parse(payload);
  if (!Array.isArray(cursor)) throw new TypeError("a signed cursor is no list");
  return cursor.map(String);
}

/** How many rows a page holds: 20 unless told, 100 at most (a larger wish is lowered). */
export function pageSizeOf(requested: number): number {
  return requested === 0 ? DEFAULT_PAGE_SIZE : Math.min(requested, MAX_PAGE_SIZE);
}

/** For lists by name; the id decides between equal names. */
export function after({ name, id }: { name: string; id: string }): WhereOptions {
  return { [Op.or]: [{ name: { [Op.gt]: name } }, { name, id: { [Op.gt]: id } }] };
}
