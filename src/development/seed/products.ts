/**
 * The seed's products: from a number to a product, always the same one.
 *
 * A pure function of the number, so that a million of them need no memory and any of them can be made alone. Titles
 * cannot collide: the number is split into kind, variety, size, style and brand, and no two numbers split alike.
 */
import type { Currency } from "../../platform/wire/money.ts";
import { minorUnits } from "./price.ts";
import { birth, pick, randomOf, STREAM } from "./random.ts";
import type { Kind, Range } from "./category-words.ts";
import { ranges } from "./categories.ts";

/** Each category's words make 86,400 titles, a little more than a million in all. */
export const MAX_PRODUCTS = 1_000_000;

/** Products came in one by one from the second day on; a million of them by the end of August 2025. */
const FIRST_PRODUCT_MS = 86_400_000;
const BETWEEN_PRODUCTS_MS = 20_000;
/** Prime to the number of categories, so that each has some. */
const FEATURED_EVERY = 41;
/** Brands differ in price by this much of it, up or down. */
const BRAND_SPREAD = 0.08;
/** How many products say something about their style; all would be tiresome. */
const STYLE_NOTE_SHARE = 0.7;

export interface SeedProduct {
  id: string;
  sku: string;
  title: string;
  description: string;
  /** In minor units. */
  price: bigint;
  /** Its place in the list of categories. */
  category: number;
  featured: boolean;
  createdAt: Date;
}

/** @param index from 0, below MAX_PRODUCTS */
export function productAt(index: number, currency: Currency): SeedProduct {
  const { category, kind: kindNumber } = kindAt(index);
  const range = pick(ranges, category);
  const number = Math.floor(index / ranges.length);
  const kind = pick(range.kinds, kindNumber);
  const shelf = { range, kind, seed: category * 100 + kindNumber };
  const words = wordsOf(shelf, Math.floor(number / range.kinds.length));
  const name = [words.brand, words.style.word, words.variety, kind.name].filter((word) => word !== "").join(" ");
  return {
    ...productBirth(index),
    sku: `${range.prefix}-${String(number + 1).padStart(6, "0")}`,
    title: `${name}, ${words.size}`,
    description: descriptionOf(shelf, words, randomOf(STREAM.wording, index)),
    price: minorUnits(words.hundredths, currency),
    category,
    featured: index % FEATURED_EVERY === 0,
  };
}

/** The places of a product's category, and of its kind in that. */
export function kindAt(index: number): { category: number; kind: number } {
  const category = index % ranges.length;
  return { category, kind: Math.floor(index / ranges.length) % pick(ranges, category).kinds.length };
}

export function productIdAt(index: number): string {
  return productBirth(index).id;
}

function productBirth(index: number) {
  return birth(STREAM.product, { afterMs: arrivalMs(index) });
}

/** When the product of this number was made, in milliseconds after the opening. */
export function arrivalMs(index: number): number {
  return FIRST_PRODUCT_MS + index * BETWEEN_PRODUCTS_MS;
}

interface Shelf {
  range: Range;
  kind: Kind;
  seed: number;
}

type Words = ReturnType<typeof wordsOf>;

/** The words of the shelf's n-th product: neighbours differ in variety first, and in all the rest by leaps. */
function wordsOf(shelf: Shelf, number: number) {
  const { range, kind } = shelf;
  const { sizes } = kind;
  const { varieties } = kind;
  const { brands, styles } = range;
  const round = Math.floor(number / varieties.length);
  const others = sizes.length * brands.length * styles.length;
  const start = Math.floor(randomOf(STREAM.shelf, shelf.seed)() * others);
  const variety = number % varieties.length;
  // Each variety begins somewhere else, or all eight of a round would share brand, style and size.
  const place = (start + variety * leap(varieties.length * others) + round * leap(others)) % others;
  const brand = place % brands.length;
  const style = pick(styles, place / brands.length);
  const { size, price: base } = pick(sizes, place / (brands.length * styles.length));
  const factor = style.factor * (1 - BRAND_SPREAD + (2 * BRAND_SPREAD * brand) / brands.length);
  const hundredths = charming(base * factor);
  return { brand: pick(brands, brand), style, variety: pick(varieties, variety), size, hundredths };
}

/** A step through `count` places that comes to each of them before it repeats one: about 0.618 of it, prime to it. */
function leap(count: number): number {
  let step = Math.floor(count * 0.618);
  while (greatestCommonDivisor(step, count) !== 1) step++;
  return step;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Prices of a shop end in 9. */
function charming(hundredths: number): number {
  return Math.round(hundredths / 10) * 10 - 1;
}

function descriptionOf({ range, kind }: Shelf, words: Words, random: () => number): string {
  const opening = pick(range.openings, random() * range.openings.length)
    .replace("{brand}", words.brand)
    .replace("{name}", `${words.variety} ${kind.name}`);
  const styleNote = random() < STYLE_NOTE_SHARE ? words.style.note : "";
  const closing = styleNote === "" || random() < 0.5 ? pick(range.closings, random() * range.closings.length) : "";
  return [opening, kind.note, styleNote, closing].filter((sentence) => sentence !== "").join(" ");
}
