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

/** How many rows a page holds: 20 unless told, 100 at most (a larger wish is lowered). */
export function pageSizeOf(requested: number): number {
  return requested === 0 ? DEFAULT_PAGE_SIZE : Math.min(requested, MAX_PAGE_SIZE);
}

export class PageTokens {
  readonly #key: Buffer;

  /** @param key shared by every process, since any of them may get the next page's call */
  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The cursor in the request's token, or undefined on page one. @throws Failure INVALID_PAGE_TOKEN */
  read(token: string, query: readonly unknown[]): Cursor | undefined {
    if (token === "") return undefined;
    const payload = new TokenSigner(this.#key, query).verify(token);
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

  /**
   * Cuts what a repository read into a page: it reads one row more than the page holds, and that row says whether
   * there is a next page.
   */
  page<Row>(rows: Row[], size: number, query: readonly unknown[], cursorOf: (row: Row) => Cursor): Page<Row> {
    const shown = rows.slice(0, size);
    const last = shown.at(-1);
    const hasNext = rows.length > size && last !== undefined;
    return {
      rows: shown,
      nextPageToken: hasNext ? new TokenSigner(this.#key, query).sign(JSON.stringify(cursorOf(last))) : "",
    };
  }
}

/** For lists by name; the id decides between equal names. */
export function after({ name, id }: { name: string; id: string }): WhereOptions {
  return { [Op.or]: [{ name: { [Op.gt]: name } }, { name, id: { [Op.gt]: id } }] };
}
