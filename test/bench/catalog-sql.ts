/** What a question that nobody asked before costs, against the statements alone that it comes to. */
import type pg from "pg";
import { facetStatement } from "../../src/domains/catalog/search/count-sql.ts";
import type { Statement } from "../../src/domains/catalog/search/product-filter.ts";
import { exactStatement, rankedStatement } from "../../src/domains/catalog/search/relevance-sql.ts";
import { titlesStatement } from "../../src/domains/catalog/search/suggestions.ts";
import { askAll, type CatalogApi, forget, oneByOne, type Question, usd } from "./catalog-api.ts";
import { typed } from "./catalog-kinds.ts";
import { byTurns, type Measured, ratioOf, type Subject } from "./measured.ts";
import type { Section } from "./report.ts";

const SEARCHES = 400;
const SUGGESTIONS = 64;
/** What the API may take beside its statements. */
const AIM = 1.5;
const RARE = "saffron";

export async function againstSql(catalog: CatalogApi): Promise<Section> {
  const prices = Array.from({ length: SEARCHES }, (_, n) => 200_000 + n);
  const starts = Array.from({ length: SUGGESTIONS }, (_, n) => typed(n));
  const subjects = [
    ...pair(
      catalog,
      "SearchProducts, 20 results",
      prices.map((cents) => ({
        question: { rpc: "SearchProducts", request: { query: RARE, maxPrice: usd(cents) } },
        statements: searchStatements(BigInt(cents)),
      })),
    ),
    ...pair(
      catalog,
      "SuggestProducts",
      starts.map((query) => ({
        question: { rpc: "SuggestProducts", request: { query } },
        statements: [titlesStatement(query)],
      })),
    ),
  ];
  for (const { measure } of subjects) await measure();
  const rows = await byTurns(subjects);
  return {
    id: "uncached",
    title: "A question that nobody asked before",
    method:
      `${SEARCHES} searches a round for a rare word with different prices and ${SUGGESTIONS} suggestions, one at a time by JSON, against the statements that they come to, on one ` +
      "connection by pg, whose client's CPU stands for that of the API. The catalog changes before each round, so that no answer is kept.",
    rows,
    aims: [
      {
        what: "a search that is not kept, API and database CPU of its SQL alone",
        figure: ratioOf(rows[1], rows[0], "cpuUs"),
        atMost: AIM,
      },
    ],
  };
}

interface Asked {
  question: Question;
  statements: Statement[];
}

/** The statements alone first, as the yardstick. */
function pair(catalog: CatalogApi, name: string, all: Asked[]): Subject[] {
  const yardstick = `${name}, its statements`;
  return [
    {
      name: yardstick,
      measure: () =>
        costOf(
          catalog,
          all.map(({ statements }) => statements),
        ),
    },
    {
      name,
      yardstick,
      async measure() {
        await forget(catalog);
        return askAll(
          catalog,
          all.map(({ question }) => question),
        );
      },
    },
  ];
}

function searchStatements(maxPrice: bigint): Statement[] {
  const filter = { words: { typed: RARE }, maxPrice, inactive: false };
  return [exactStatement(filter, undefined, 21), rankedStatement(filter, undefined, 21), facetStatement(filter)];
}

async function costOf({ client, databaseUs }: CatalogApi, all: Statement[][]): Promise<Measured> {
  const own = process.cpuUsage();
  const before = databaseUs();
  const round = await oneByOne(all, (statements) => inOrder(client, statements));
  const { user, system } = process.cpuUsage(own);
  return { ...round, apiUs: (user + system) / all.length, databaseUs: (databaseUs() - before) / all.length };
}

async function inOrder(client: pg.Client, statements: Statement[]): Promise<void> {
  for (const { sql, bind } of statements) await client.query(sql, bind);
}
