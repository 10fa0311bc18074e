/** What is sent to an RPC: requests that keep every rule, that break one, that are mostly nonsense, or that are spoilt on the way. */
import type { DescMethod } from "@bufbuild/protobuf";
import { fc } from "../support/seed.ts";
import { brokenMessage } from "./faults.ts";
import type { Asked } from "./judge.ts";
import type { Known } from "./known.ts";
import { hostileMessage, type Init, validMessage } from "./messages.ts";
import { type Trick, trickFor } from "./tricks.ts";
import type { Way } from "./wire.ts";

export type CallerName = "admin" | "customer" | "nobody";

/** One request. Printed when it fails, so it holds nothing but data. */
export interface Shot {
  caller: CallerName;
  asked: Asked;
  init: Init;
  trick?: Trick;
}

export function shotsAt(rpc: DescMethod, way: Way, known: () => Known): fc.Arbitrary<Shot> {
  const { input } = rpc;
  const caller = fc.constantFrom<CallerName>("admin", "admin", "admin", "customer", "nobody");
  const valid = validMessage(input, known);
  const hostile = hostileMessage(input, known);
  const broken = brokenMessage(input, known);
  const kinds: { weight: number; arbitrary: fc.Arbitrary<Shot> }[] = [
    { weight: 4, arbitrary: fc.record({ caller, asked: fc.constant("valid" as const), init: valid }) },
    { weight: 2, arbitrary: fc.record({ caller, asked: fc.constant("hostile" as const), init: hostile }) },
    {
      weight: 3,
      arbitrary: fc.record({ caller, asked: fc.constant("spoilt" as const), init: valid, trick: trickFor(rpc, way) }),
    },
  ];
  if (broken !== undefined)
    kinds.push({
      weight: 4,
      arbitrary: broken.map(({ init, fault }) => ({ caller: "admin" as const, asked: fault, init })),
    });
  return fc.oneof(...kinds);
}
