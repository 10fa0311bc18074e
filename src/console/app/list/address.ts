/**
 * What a list shows is in the page's address: search, filters, sorting and page; so a reload and Back give the same.
 *
 * The API pages by token, at the same cost at any depth; so there is a next page and the pages before, and no numbers
 * to jump to. A token leads forward only: the tokens of the pages before are kept with the browser's history entry.
 */
import { navigate, useHistoryState, useSearch } from "../route.tsx";
import type { Query } from "../resources/resource.ts";
import { parseTexts } from "./kept.ts";

const PAGE_SIZE = 20;

export interface Address {
  /** Without the page: two of the same have the same rows. */
  question: string;
  query: Query;
  /** Tokens of this page and of those before; the first page has none. */
  tokens: readonly string[];
  isNarrowed: boolean;
  turn(tokens: readonly string[]): void;
  /** Asks something else: from its first page. */
  ask(values: Iterable<readonly [string, string]>): void;
}

export function useAddress(filterNames: readonly string[]): Address {
  const search = useSearch();
  const trail = parseTexts(useHistoryState());
  const page = search.get("page") ?? "";
  const asked = new URLSearchParams([...search].filter(([name, value]) => name !== "page" && value !== ""));
  const question = asked.toString();
  // An address that somebody was sent has no pages before.
  const tokens = page === "" ? [] : trail.at(-1) === page ? trail : [page];
  const go = (values: Iterable<readonly [string, string]>, state?: readonly string[]) => {
    const kept = new URLSearchParams(
      [...values].filter(([, value]) => value !== "").map(([name, value]) => [name, value]),
    );
    const text = kept.toString();
    navigate(location.pathname.slice("/console".length) + (text === "" ? "" : `?${text}`), { state });
  };
  return {
    question,
    query: {
      pageSize: PAGE_SIZE,
      pageToken: page,
      query: asked.get("q") ?? "",
      orderBy: asked.get("order") ?? "",
      filters: Object.fromEntries(filterNames.map((name) => [name, asked.get(name) ?? ""])),
    },
    tokens,
    isNarrowed: [...asked.keys()].some((name) => name !== "order"),
    turn: (to) => go([...asked, ["page", to.at(-1) ?? ""]], to),
    ask: (values) => go(values),
  };
}
