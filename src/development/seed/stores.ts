/** The seed's stores: from a number to a store with a name, an address and a telephone, always the same one. */
import places from "./words/places.json" with { type: "json" };
import { birth, pick, randomOf, STREAM } from "./random.ts";

const { cities, districts, streets } = places;

const BETWEEN_STORES_MS = 60_000;
const FIRST_STORE_MS = 3_600_000;
/** A store orders more of what falls below this. */
const LOW_STOCK_THRESHOLD = 10;

/** The city and the district name a store; past the thousand pairs, a street does too. */
const PAIRS = cities.length * districts.length;
/** The first of the streets stands for none. */
export const MAX_STORES = PAIRS * streets.length;

export interface SeedStore {
  id: string;
  name: string;
  address: string;
  phone: string;
  lowStockThreshold: number;
  createdAt: Date;
}

/** @param index from 0, below MAX_STORES */
export function storeAt(index: number): SeedStore {
  const cityNumber = index % cities.length;
  const round = Math.floor(index / cities.length);
  const { city, state, zip, areaCode } = pick(cities, cityNumber);
  // 7 is prime to the number of districts: stores that follow each other differ in both.
  const district = pick(districts, round + cityNumber * 7);
  const street = index < PAIRS ? "" : ` ${pick(streets, index / PAIRS)}`;
  const random = randomOf(STREAM.store, index);
  const house = 10 + Math.floor(random() * 980);
  const zipCode = zip + String(Math.floor(random() * 60) + 1).padStart(2, "0");
  return {
    ...birth(STREAM.store, { afterMs: FIRST_STORE_MS + index * BETWEEN_STORES_MS }),
    name: `${district}${street}, ${city}`,
    address: `${house} ${pick(streets, random() * streets.length)} Street, ${city}, ${state} ${zipCode}`,
    // 555-0100 to 555-0199 are kept free for stories like this one.
    phone: `+1 ${areaCode} 555 01${String(index % 100).padStart(2, "0")}`,
    lowStockThreshold: LOW_STOCK_THRESHOLD,
  };
}
