/**
 * What customers and staff mean to do, one thing after the other: a function of the seed.
 *
 * Things that come into being only in the run, such as "one of my last orders", are meant by a number; which order that
 * is depends on what was answered before.
 */
import { type SeededRandom, seededRandom } from "../support/seeded-random.ts";

export const STORES = 3;
export const PRODUCTS = 6;
export const CODES = 2;
/** The last one: only bystanders and staff ask for it alone, nobody locks its rows, and the second machine never has them. */
export const BYSTANDERS_PRODUCT = PRODUCTS - 1;

export type Way = "gRPC" | "JSON";

export interface Line {
  product: number;
  quantity: number;
}

/** How a caller takes it that he hears nothing. */
export type Manner =
  /** Asks again with the same id until he knows. */
  | "insists"
  /** Asks by both ways at once, with one id, as two tabs do. */
  | "asks twice"
  /** Waits for no longer than this and never asks again. */
  | { givesUpAfterMs: number };

export type CustomerDeed =
  | {
      do: "place";
      store: number;
      lines: Line[];
      code: number | undefined;
      holdSeconds: number | undefined;
      manner: Manner;
    }
  | { do: "confirm" | "cancel" | "read order"; which: number }
  | { do: "add to cart"; line: Line }
  | { do: "check out"; store: number; code: number | undefined }
  | { do: "look at cart" | "list orders" | "sign in" }
  | { do: "search" | "look at product" | "look at stock"; product: number };

export type StaffDeed =
  | { do: "ship" | "deliver"; which: number }
  | { do: "set" | "adjust"; store: number; product: number; quantity: number }
  | { do: "transfer"; store: number; to: number; product: number; quantity: number };

export interface Intent<Deed> {
  /** The x-request-id of every attempt, and the request_id where the RPC takes one. */
  id: string;
  pauseMs: number;
  way: Way;
  deed: Deed;
}

const MAX_PAUSE_MS = 240;
/** Each as often as it stands here. */
const CUSTOMER: [CustomerDeed["do"], ...CustomerDeed["do"][]] = [
  "place",
  "place",
  "place",
  "place",
  "place",
  "place",
  "confirm",
  "confirm",
  "cancel",
  "read order",
  "read order",
  "add to cart",
  "add to cart",
  "add to cart",
  "check out",
  "check out",
  "look at cart",
  "list orders",
  "search",
  "look at product",
  "look at stock",
  "sign in",
];
const STAFF: [StaffDeed["do"], ...StaffDeed["do"][]] = [
  "ship",
  "ship",
  "ship",
  "deliver",
  "deliver",
  "adjust",
  "adjust",
  "adjust",
  "set",
  "transfer",
];

/** @param elsewhere whether he wants nothing that bystanders want */
export function customerIntents(
  seed: number,
  customer: number,
  elsewhere = false,
): Generator<Intent<CustomerDeed>, never> {
  const products = elsewhere ? BYSTANDERS_PRODUCT : PRODUCTS;
  return intents(seededRandom(Math.imul(seed + 1, 0x9e37) + customer), (chance) => customerDeed(chance, products));
}

/** Customers who want one thing all the time, and nothing that anybody locks. */
export function bystanderIntents(seed: number, bystander: number): Generator<Intent<CustomerDeed>, never> {
  const lines = [{ product: BYSTANDERS_PRODUCT, quantity: 1 }];
  return intents(seededRandom(Math.imul(seed + 1, 0x51ed) + bystander), (chance): CustomerDeed => {
    return {
      do: "place",
      store: chance.upTo(STORES),
      lines,
      code: undefined,
      holdSeconds: undefined,
      manner: "insists",
    };
  });
}

export function staffIntents(seed: number, staff: number): Generator<Intent<StaffDeed>, never> {
  return intents(seededRandom(Math.imul(seed + 1, 0x9e37) - 1 - staff), staffDeed);
}

function* intents<Deed>(chance: SeededRandom, deedOf: (chance: SeededRandom) => Deed): Generator<Intent<Deed>, never> {
  for (;;)
    yield {
      id: uuidOf(chance),
      pauseMs: chance.upTo(MAX_PAUSE_MS),
      way: chance.pick(["gRPC", "JSON"]),
      deed: deedOf(chance),
    };
}

/** Version 4, from the run's own chance. */
function uuidOf(chance: SeededRandom): string {
  const hex = chance.bytes(16).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join("-");
}

function customerDeed(chance: SeededRandom, products: number): CustomerDeed {
  const what = chance.pick(CUSTOMER);
  switch (what) {
    case "place":
      return {
        do: what,
        store: chance.upTo(STORES),
        lines: Array.from({ length: 1 + chance.upTo(3) }, () => lineOf(chance, products)),
        code: codeOf(chance),
        holdSeconds: chance.happens(0.3) ? 1 + chance.upTo(5) : undefined,
        manner: mannerOf(chance),
      };
    case "check out":
      return { do: what, store: chance.upTo(STORES), code: codeOf(chance) };
    case "add to cart":
      return { do: what, line: lineOf(chance, products) };
    case "confirm":
    case "cancel":
    case "read order":
      return { do: what, which: chance.upTo(8) };
    case "search":
    case "look at product":
    case "look at stock":
      return { do: what, product: chance.upTo(PRODUCTS) };
    case "look at cart":
    case "list orders":
    case "sign in":
      return { do: what };
    default:
      return what satisfies never;
  }
}

function staffDeed(chance: SeededRandom): StaffDeed {
  const what = chance.pick(STAFF);
  switch (what) {
    case "ship":
    case "deliver":
      return { do: what, which: chance.upTo(20) };
    case "set":
      return { do: what, store: chance.upTo(STORES), product: chance.upTo(PRODUCTS), quantity: 10 + chance.upTo(60) };
    case "adjust":
      return {
        do: what,
        store: chance.upTo(STORES),
        product: chance.upTo(PRODUCTS),
        quantity: chance.upTo(60) - 9 || 1,
      };
    case "transfer": {
      const store = chance.upTo(STORES);
      const to = (store + 1 + chance.upTo(STORES - 1)) % STORES;
      return { do: what, store, to, product: chance.upTo(PRODUCTS), quantity: 1 + chance.upTo(9) };
    }
    default:
      return what satisfies never;
  }
}

function lineOf(chance: SeededRandom, products: number): Line {
  return { product: chance.upTo(products), quantity: 1 + chance.upTo(3) };
}

function codeOf(chance: SeededRandom): number | undefined {
  return chance.happens(0.25) ? chance.upTo(CODES) : undefined;
}

function mannerOf(chance: SeededRandom): Manner {
  if (chance.happens(0.1)) return { givesUpAfterMs: 1 + chance.upTo(40) };
  return chance.happens(0.15) ? "asks twice" : "insists";
}
