/** What breaks the rules in CEL, of fields and of whole messages, each by its id. */
import type { Rule } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { fc } from "../support/seed.ts";
import type { Init } from "./messages.ts";

export interface CelBreaking {
  values: fc.Arbitrary<unknown>;
  /** Changes the message that the rule looks at; without it the value is put in the field's place. */
  apply?(message: Init, value: unknown): void;
}

const usd = (units: bigint, nanos = 0, currencyCode = "USD") => ({ currencyCode, units, nanos });
const ONE_DAY = [
  { seconds: 86_400n, nanos: 0 },
  { seconds: 0n, nanos: 0 },
];
const always = fc.constant(undefined);

/** A rule of a field in CEL, by its id. */
export function breakField({ id }: Rule): CelBreaking {
  switch (id) {
    case "money.amount":
      return {
        values: fc.constantFrom(
          usd(-1n),
          usd(1n, -1),
          usd(1n, 1_000_000_000),
          usd(1_000_000_001n),
          usd(1n, 0, ""),
          usd(1n, 0, "usd"),
        ),
      };
    case "money.total":
      return {
        values: fc.constantFrom(
          usd(-1n),
          usd(1n, -1),
          usd(1n, 1_000_000_000),
          usd(10_000_000_000_001n),
          usd(1n, 0, ""),
          usd(1n, 0, "usd"),
        ),
      };
    case "money.currency":
      return { values: fc.constantFrom(usd(1n, 0, ""), usd(1n, 0, "usd"), usd(1n, 0, "DOLLAR")) };
    case "money.positive":
      return { values: fc.constant(usd(0n)) };
    case "percent.decimals":
      return { values: fc.constantFrom(12.345, 0.011) };
    case "date.day":
      return {
        values: fc.constantFrom(
          { year: 2023, month: 2, day: 29 },
          { year: 2024, month: 13, day: 1 },
          { year: 1899, month: 1, day: 1 },
          { year: 2024, month: 1, day: 0 },
        ),
      };
    default:
      // `product.title.given`: the message is to blame when its title is missing.
      if (!id.endsWith(".given")) throw new TypeError(`${id}: nobody breaks this rule yet`);
      return { values: always, apply: (message) => void delete message[localNameOf(partOf(id))] };
  }
}

/** A rule of a whole message in CEL, by its id. */
export function breakWhole({ id, expression }: Rule): Required<CelBreaking> {
  if (id.endsWith(".period"))
    return {
      values: always,
      apply: (message) => void Object.assign(message, { startTime: ONE_DAY[0], endTime: ONE_DAY[1] }),
    };
  switch (id) {
    case "transfer.stores":
      return { values: always, apply: (message) => void Object.assign(message, { toStoreId: message["fromStoreId"] }) };
    case "search.price_range":
      return {
        values: always,
        apply: (message) => void Object.assign(message, { minPrice: usd(5n, 1), maxPrice: usd(5n) }),
      };
    case "promotion.max_discount":
      return {
        values: always,
        apply: (message) =>
          void Object.assign(message, { discount: { case: "fixedAmount", value: usd(1n) }, maxDiscount: usd(1n) }),
      };
    default: {
      // `product.title.kept`: the mask names the title, and the product has none.
      const [, resource, field] = /^(\w+)\.(\w+)\.kept$/.exec(id) ?? [];
      if (resource === undefined || field === undefined) throw new TypeError(`${id}: nobody breaks this rule yet`);
      const path = /'(\w+)' in this\.update_mask\.paths/.exec(expression)?.[1] ?? field;
      return {
        values: always,
        apply(message) {
          message["updateMask"] = { paths: [path] };
          delete asInit(message[localNameOf(resource)])[localNameOf(field)];
        },
      };
    }
  }
}

function partOf(id: string): string {
  return id.split(".").at(-2) ?? "";
}

function localNameOf(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

export function asInit(value: unknown): Init {
  if (typeof value !== "object" || value === null) throw new TypeError("there is no message here");
  return value as Init;
}
