/** What people ask of a catalog, each time in another way: kinds of searches and of suggestions. */
import { type Question, usd } from "./catalog-api.ts";

export interface Kind {
  name: string;
  /** The longest that 95 of 100 may wait. */
  aimMs: number;
  /** The nth of them; no two are alike. */
  question: (n: number) => Question;
}

/** Starts of brands, and of words that stand later in titles; of each the first three letters, the first four … */
const TYPED = [
  "abuela rosa",
  "birch & barley",
  "casa verano",
  "old mill",
  "stonebridge",
  "zephyr house",
  "organic coffee",
  "whole bean coffee",
  "ground coffee",
  "espresso beans",
  "chocolate bar",
  "croissants",
  "green lentils",
  "cheddar",
  "herbal tea",
  "sourdough bread",
];

/** The nth thing that somebody has typed so far. */
export function typed(n: number): string {
  return TYPED[n % TYPED.length]?.slice(0, 3 + Math.floor(n / TYPED.length)) ?? "";
}

export const KINDS: Kind[] = [
  search("a rare word", (n) => ({ query: "saffron", maxPrice: usd(100_000 + n) })),
  search("a common word", (n) => ({ query: "coffee", pageSize: 20 + n })),
  search("a common word, by price", (n) => ({ query: "coffee", orderBy: "price", pageSize: 20 + n })),
  search("two words", (n) => ({ query: "organic coffee", maxPrice: usd(100_000 + n) })),
  search("a typo", (n) => ({ query: "cofee", pageSize: 20 + n })),
  search("a category and a price, by price", (n) => ({
    category: "Bakery",
    minPrice: usd(300),
    maxPrice: usd(500 + n),
    orderBy: "price",
  })),
  search("nothing in particular", (n) => ({ pageSize: 20 + n })),
  { name: "a suggestion", aimMs: 10, question: (n) => ({ rpc: "SuggestProducts", request: { query: typed(n) } }) },
];

function search(name: string, requestOf: (n: number) => Record<string, unknown>): Kind {
  return { name, aimMs: 50, question: (n) => ({ rpc: "SearchProducts", request: requestOf(n) }) };
}
