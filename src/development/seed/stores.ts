/** The seed's stores: from a number to a store with a name, an address and a telephone, always the same one. */
import { birth, pick, randomOf, STREAM } from "./random.ts";

/** City, state, the first three digits of its ZIP codes, area code. */
const cities = [
  ["Brooklyn", "NY", "112", "718"],
  ["Chicago", "IL", "606", "312"],
  ["Oakland", "CA", "946", "510"],
  ["Philadelphia", "PA", "191", "215"],
  ["Austin", "TX", "787", "512"],
  ["Seattle", "WA", "981", "206"],
  ["Miami", "FL", "331", "305"],
  ["Boston", "MA", "021", "617"],
  ["Denver", "CO", "802", "303"],
  ["New Orleans", "LA", "701", "504"],
  ["Portland", "OR", "972", "503"],
  ["Baltimore", "MD", "212", "410"],
  ["San Antonio", "TX", "782", "210"],
  ["Minneapolis", "MN", "554", "612"],
  ["Pittsburgh", "PA", "152", "412"],
  ["Los Angeles", "CA", "900", "213"],
  ["Newark", "NJ", "071", "973"],
  ["Atlanta", "GA", "303", "404"],
  ["Milwaukee", "WI", "532", "414"],
  ["Providence", "RI", "029", "401"],
  ["Tucson", "AZ", "857", "520"],
  ["Albuquerque", "NM", "871", "505"],
  ["Detroit", "MI", "482", "313"],
  ["Queens", "NY", "113", "718"],
  ["San Diego", "CA", "921", "619"],
  ["Houston", "TX", "770", "713"],
  ["Cleveland", "OH", "441", "216"],
  ["St. Louis", "MO", "631", "314"],
  ["Nashville", "TN", "372", "615"],
  ["Charlotte", "NC", "282", "704"],
  ["Sacramento", "CA", "958", "916"],
  ["Tampa", "FL", "336", "813"],
  ["Hartford", "CT", "061", "860"],
  ["Buffalo", "NY", "142", "716"],
  ["Richmond", "VA", "232", "804"],
  ["El Paso", "TX", "799", "915"],
  ["Honolulu", "HI", "968", "808"],
  ["Boise", "ID", "837", "208"],
  ["Omaha", "NE", "681", "402"],
  ["Savannah", "GA", "314", "912"],
] as const;

const districts = [
  "Old Town",
  "Riverside",
  "Market Square",
  "Garden District",
  "Harbor Front",
  "North End",
  "University Hill",
  "Arts Quarter",
  "Station Road",
  "Lakeview",
  "Mission Heights",
  "Cathedral Square",
  "Mill Yard",
  "East Side",
  "Parkway",
  "Theater Row",
  "Bayview",
  "Greenpoint",
  "Little Havana",
  "Union Square",
  "Southgate",
  "Canal Street",
  "Orchard Park",
  "Fort Hill",
  "West Village",
] as const;

const streets = [
  "Maple",
  "Cedar",
  "Washington",
  "Second",
  "Lincoln",
  "Chestnut",
  "Franklin",
  "Prospect",
  "Jefferson",
  "Grand",
  "Willow",
] as const;

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
  const [city, state, zip, areaCode] = pick(cities, cityNumber);
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
