/** The twelve categories of the seed, in the order of their making. */
import type { Range } from "./category-words.ts";
import brands from "./words/brands.json" with { type: "json" };
import bakery from "./words/bakery.json" with { type: "json" };
import coffeeAndTea from "./words/coffee-and-tea.json" with { type: "json" };
import dairy from "./words/dairy.json" with { type: "json" };
import drinks from "./words/drinks.json" with { type: "json" };
import frozen from "./words/frozen.json" with { type: "json" };
import household from "./words/household.json" with { type: "json" };
import kitchen from "./words/kitchen.json" with { type: "json" };
import pantry from "./words/pantry.json" with { type: "json" };
import personalCare from "./words/personal-care.json" with { type: "json" };
import pets from "./words/pets.json" with { type: "json" };
import produce from "./words/produce.json" with { type: "json" };
import snacks from "./words/snacks.json" with { type: "json" };

const words = [
  coffeeAndTea,
  bakery,
  dairy,
  produce,
  pantry,
  snacks,
  drinks,
  frozen,
  household,
  personalCare,
  pets,
  kitchen,
];

export const ranges: readonly Range[] = words.map((range) => ({ ...range, brands: brandsOf(range.brands) }));

function brandsOf(name: string): readonly string[] {
  if (name === "food" || name === "home") return brands[name];
  throw new TypeError(`there are no brands called ${name}`);
}
