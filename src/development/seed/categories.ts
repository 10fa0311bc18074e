/** The twelve categories of the seed, in the order of their making. */
import type { Range } from "./category-words.ts";
import { bakery } from "./words/bakery.ts";
import { coffeeAndTea } from "./words/coffee-and-tea.ts";
import { dairy } from "./words/dairy.ts";
import { drinks } from "./words/drinks.ts";
import { frozen } from "./words/frozen.ts";
import { household } from "./words/household.ts";
import { kitchen } from "./words/kitchen.ts";
import { pantry } from "./words/pantry.ts";
import { personalCare } from "./words/personal-care.ts";
import { pets } from "./words/pets.ts";
import { produce } from "./words/produce.ts";
import { snacks } from "./words/snacks.ts";

export const ranges: readonly Range[] = [
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
