/** What may be done with orders and stock, drawn at random: on two stores with two products and a code of three uses. */
import { fc } from "../../support/seed.ts";

/** Uses of the code. */
export const USES = 3;
/** Of each product in each store. */
export const STOCK = 8;

const side = fc.constantFrom(0, 1);
const which = fc.nat(20);
export const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("place" as const),
      store: side,
      quantities: fc.tuple(fc.nat(4), fc.nat(4)),
      hold: fc.boolean(),
      promoted: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom("confirm" as const, "cancel" as const, "ship" as const, "deliver" as const),
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("hold ends" as const), which }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("sweep" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("adjust" as const),
      store: side,
      product: side,
      delta: fc.integer({ min: -6, max: 6 }).filter((delta) => delta !== 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("transfer" as const),
      store: side,
      product: side,
      quantity: fc.integer({ min: 1, max: 6 }),
    }),
  },
);
export type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;
