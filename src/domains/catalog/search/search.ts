/**
 * Finds products: pages in every order, how many there are, and titles for what has been typed so far.
 *
 * Quantities are asked for apart, from the primary's stock table: what is found may be kept for a while, stock never.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../../../platform/database/database.ts";
import type { Page, PageRequest, PageTokens } from "../../../platform/wire/page-token.ts";
import {
  type Count,
  estimateStatement,
  type Facet,
  facetStatement,
  isFarMore,
  isPredictable,
  MAX_COUNTED,
  sampleStatement,
  scaled,
  sumOf,
} from "./count-sql.ts";
import type { ProductRecord } from "../model.ts";
import { type KeyOrder, keyOrders, pageStatement } from "./sorted-page-sql.ts";
import type { ProductFilter, Statement, Words } from "./product-filter.ts";
import {
  exactStatement,
  olderStatement,
  rankedStatement,
  type RelevanceCursor,
  type WordFilter,
} from "./relevance-sql.ts";
import { type KnownWord, meanings, plainWords } from "./spelling.ts";
import { titlesFrom } from "./suggestions.ts";

/** The words of `order_by`. */
export const productOrders = ["relevance", ...keyOrders] as const;
export type ProductOrder = (typeof productOrders)[number];

export interface ProductQuery {
  filter: ProductFilter;
  /** `relevance` without words is `newest`. */
  order: ProductOrder;
}

/** A product and where the list goes on after it. */
type Found = ProductRecord & { cursor: string[] };

/** Words that look alike: as many as are worth comparing letter by letter. */
const MAX_SIMILAR = 40;

export class Search {
  readonly #database: Sequelize;
  readonly #pageTokens: PageTokens;

  constructor(database: Sequelize, pageTokens: PageTokens) {
    this.#database = database;
    this.#pageTokens = pageTokens;
  }

  async list(query: ProductQuery, page: PageRequest): Promise<Page<ProductRecord>> {
    return (await this.find(query, page)).page;
  }

  /**
   * A page, and the filter that it was found by: when nothing has the words as they were typed and one of them is in
   * no product at all, words that it may mean are taken instead. Later pages keep to what page one took.
   */
  async find(
    { filter, order }: ProductQuery,
    request: PageRequest,
  ): Promise<{ page: Page<ProductRecord>; filter: ProductFilter }> {
    const reading = this.#pageTokens.begin(request, ["products", filter, order]);
    const [corrected, ...cursor] = reading.cursor;
    let taken = corrected === undefined || corrected === "" ? filter : withCorrections(filter, groupsOf(corrected));
    let rows = await this.#rows(taken, order, corrected === undefined ? undefined : cursor, reading.limit);
    if (rows.length === 0 && corrected === undefined) {
      const corrections = await this.#corrections(filter.words);
      if (corrections !== undefined) {
        taken = withCorrections(filter, corrections);
        rows = await this.#rows(taken, order, undefined, reading.limit);
      }
    }
    const mark = taken.words !== undefined && "corrected" in taken.words ? JSON.stringify(taken.words.corrected) : "";
    return { page: reading.page(rows, (row) => [mark, ...row.cursor]), filter: taken };
  }

  /** How many match, in all and in each category. */
  async count(filter: ProductFilter): Promise<Count> {
    const expected = isPredictable(filter) ? await this.#estimate(filter) : 0;
    if (isFarMore(expected)) return scaled(await this.#facets(sampleStatement(filter)), expected);
    const facets = await this.#facets(facetStatement(filter));
    const total = sumOf(facets);
    if (total <= MAX_COUNTED) return { total, isEstimate: false, facets };
    return scaled(facets, await this.#estimate(filter));
  }

  async #facets(statement: Statement): Promise<Facet[]> {
    const rows = await this.#select<{ category_id: string; category: string; count: string }>(statement);
    return rows.map((row) => ({ categoryId: row.category_id, category: row.category, count: Number(row.count) }));
  }

  /** The planner's, for all matches. */
  async #estimate(filter: ProductFilter): Promise<number> {
    const [row] = await this.#select<{ "QUERY PLAN": { Plan: { "Plan Rows": number } }[] }>(estimateStatement(filter));
    return row?.["QUERY PLAN"][0]?.Plan["Plan Rows"] ?? 0;
  }

  /** What can be sold now of each product: in the store, or over all stores. Products that no store has are left out. */
  async quantities(ids: string[], storeId: string | undefined): Promise<Map<string, string>> {
    const rows = await runSql<{ id: string; quantity: string }>(
      this.#database,
      `SELECT product_id AS id, sum(quantity) AS quantity FROM inventory.stock
       WHERE product_id = ANY($1::uuid[]) ${storeId === undefined ? "" : "AND store_id = $2::uuid"} GROUP BY product_id`,
      storeId === undefined ? [ids] : [ids, storeId],
    );
    return new Map(rows.map(({ id, quantity }) => [id, quantity]));
  }

  /** At most ten titles of what is for sale: those that start with `typed` first, then those in which a later word does. */
  suggest(typed: string): Promise<string[]> {
    return titlesFrom(this.#database, typed);
  }

  async #rows(
    filter: ProductFilter,
    order: ProductOrder,
    cursor: string[] | undefined,
    limit: number,
  ): Promise<Found[]> {
    const { words } = filter;
    if (order === "relevance" && words !== undefined)
      return this.#byRelevance({ ...filter, words }, relevanceCursor(cursor), limit);
    return this.#byKey(filter, order === "relevance" ? "newest" : order, cursor, limit);
  }

  async #byKey(filter: ProductFilter, order: KeyOrder, cursor: string[] | undefined, limit: number): Promise<Found[]> {
    const rows = await this.#select<ProductRecord & { sort_key: string }>(pageStatement(filter, order, cursor, limit));
    return rows.map((row) => ({ ...row, cursor: [row.sort_key, row.id] }));
  }

  /** Tier after tier until the page is full. */
  async #byRelevance(filter: WordFilter, cursor: RelevanceCursor | undefined, limit: number): Promise<Found[]> {
    const found: Found[] = [];
    if (cursor === undefined || cursor.tier === "exact") {
      const rows = await this.#select<ProductRecord>(exactStatement(filter, cursor?.id, limit));
      found.push(...rows.map((row) => ({ ...row, cursor: ["exact", row.id] })));
    }
    let older = cursor?.tier === "older" ? cursor.id : undefined;
    if (found.length < limit && cursor?.tier !== "older") {
      const ranked = await this.#ranked(filter, cursor?.tier === "ranked" ? cursor : undefined, limit - found.length);
      found.push(...ranked.rows);
      older = ranked.older;
    }
    if (found.length < limit && older !== undefined) {
      const rows = await this.#select<ProductRecord>(olderStatement(filter, older, limit - found.length));
      found.push(...rows.map((row) => ({ ...row, cursor: ["older", row.id] })));
    }
    return found;
  }

  /** @returns also behind which id there may be older matches than the candidates */
  async #ranked(filter: WordFilter, cursor: Extract<RelevanceCursor, { tier: "ranked" }> | undefined, limit: number) {
    const statement = rankedStatement(filter, cursor, limit);
    const rows = await this.#select<ProductRecord & { rank: string; oldest: string; newest: string; full: boolean }>(
      statement,
    );
    const [first] = rows;
    const older = cursor?.oldest ?? (first?.full === true ? first.oldest : undefined);
    return { older, rows: rows.map((row) => ({ ...row, cursor: rankedCursor(row, cursor) })) };
  }

  /** What the words may mean; undefined when none of them is unknown, or an unknown one is like no other. */
  async #corrections(words: Words | undefined): Promise<string[][] | undefined> {
    const typed = plainWords(words?.typed ?? "");
    if (typed.length === 0) return undefined;
    const rows = await runSql<{ word: string; known: boolean; similar: KnownWord[] }>(this.#database, SIMILAR, [typed]);
    const corrected = rows.map(({ word, known, similar }) => (known ? [word] : meanings(word, similar)));
    const isBetter = rows.some(({ known }) => !known) && corrected.every((alternatives) => alternatives.length > 0);
    return isBetter ? corrected : undefined;
  }

  #select<Row extends object>({ sql, bind }: Statement): Promise<Row[]> {
    return runSql<Row>(this.#database, sql, bind);
  }
}

/** A word is known when the lexicon has its stem; stop words, which have none, and numbers are not looked for. */
const SIMILAR = `
  SELECT typed.word, known.known,
    CASE WHEN known.known THEN '[]' ELSE (
      SELECT coalesce(json_agg(json_build_object('word', near.word, 'stem', near.stem)), '[]')
      FROM (SELECT word, stem FROM catalog.lexicon ORDER BY word <-> typed.word LIMIT ${MAX_SIMILAR}) near
    ) END AS similar
  FROM unnest($1::text[]) WITH ORDINALITY AS typed (word, place)
  CROSS JOIN LATERAL (SELECT (ts_lexize('english_stem', typed.word))[1] AS stem) lexeme
  CROSS JOIN LATERAL (
    SELECT lexeme.stem IS NULL OR typed.word !~ '^[[:alpha:]]+$'
      OR EXISTS (SELECT FROM catalog.lexicon l WHERE l.stem = lexeme.stem) AS known
  ) known
  ORDER BY typed.place`;

function withCorrections(filter: ProductFilter, corrected: string[][]): ProductFilter {
  return { ...filter, words: { typed: filter.words?.typed ?? "", corrected } };
}

/** What a signed token of ours holds. */
function groupsOf(mark: string): string[][] {
  const groups: unknown = JSON.parse(mark);
  return Array.isArray(groups) ? groups.map((group: unknown) => (Array.isArray(group) ? group.map(String) : [])) : [];
}

function relevanceCursor(cursor: string[] | undefined): RelevanceCursor | undefined {
  const [tier, id = "", rank = "", oldest = "", newest = ""] = cursor ?? [];
  if (tier === "exact" || tier === "older") return { tier, id };
  return tier === "ranked" ? { tier, id, rank, oldest, newest } : undefined;
}

/** The candidates of page one stay those of every page. */
function rankedCursor(
  row: { id: string; rank: string; oldest: string; newest: string },
  cursor: { oldest: string; newest: string } | undefined,
): string[] {
  return ["ranked", row.id, row.rank, cursor?.oldest ?? row.oldest, cursor?.newest ?? row.newest];
}
