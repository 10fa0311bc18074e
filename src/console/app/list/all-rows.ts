/** All rows of a question, page by page. */
import { transport } from "../data/transport.ts";
import type { Query, Resource, Row } from "../resources/resource.ts";
import { listWords } from "./words.ts";

const PAGE_SIZE = 100;

export interface AllRowsOptions {
  /** More of them are refused. */
  maxRows: number;
  /** Told after each page how many there are so far. */
  progress?: (count: number) => void;
}

/** @throws ConnectError; Error when there are too many */
export async function allRows<T extends Row>(
  { list }: Resource<T>,
  query: Query,
  { maxRows, progress }: AllRowsOptions,
): Promise<T[]> {
  const rows: T[] = [];
  let pageToken = "";
  do {
    const page = await list.send(transport, { ...query, pageSize: PAGE_SIZE, pageToken });
    rows.push(...page.rows);
    progress?.(rows.length);
    pageToken = page.nextPageToken;
    if (rows.length > maxRows || (rows.length === maxRows && pageToken !== ""))
      throw new Error(listWords.tooMany(maxRows));
  } while (pageToken !== "");
  return rows;
}
