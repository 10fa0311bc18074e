/** Values that break a field's own rules: for each rule, those that a careless caller would send. */
import type { DescField } from "@bufbuild/protobuf";
import type { FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { fc } from "../support/seed.ts";
import type { Known } from "./known.ts";
import { keeps, LAST_SECOND, validValue } from "./messages.ts";
import { boundsOf, zeroPasses } from "./rules.ts";

const ODD_TEXTS = ["\u0000", "a\nb\u007f", "a é", "☕", "x".repeat(99)];
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

export interface Breaking {
  rule: string;
  /** Beside the field's path: which element. */
  at?: string;
  values: fc.Arbitrary<unknown>;
}

type RulesOf<Case extends FieldRules["type"]["case"]> = Extract<FieldRules["type"], { case: Case }>["value"];

export function breaking(field: DescField, rules: FieldRules, known: () => Known): Breaking[] {
  const { type } = rules;
  switch (type.case) {
    case undefined:
      return [];
    case "string":
      return ofString(rules, type.value);
    case "int32":
      return ofInt32(rules, type.value);
    case "enum":
      return ofEnum(field, rules, type.value);
    case "double":
      return some(rules, "bounds", Number.NaN, -1, 1e9, Number.POSITIVE_INFINITY);
    case "bytes":
      return ofBytes(type.value);
    case "timestamp":
      return some(rules, "bounds", { seconds: -1n, nanos: 0 }, { seconds: LAST_SECOND + 1n, nanos: 0 });
    case "duration":
      return some(rules, "bounds", ...[0n, -1n].map((seconds) => ({ seconds, nanos: 0 })), {
        seconds: 86_400n,
        nanos: 1,
      });
    case "fieldMask":
      return some(rules, "in", ...[["nothing"], ["*"], [...type.value.in, "create_time"]].map((paths) => ({ paths })));
    case "repeated":
      return ofList(field, type.value, known);
    default:
      throw new TypeError(`${field.name}: nobody breaks rules for ${type.case} yet`);
  }
}

/** Of the values those that the rules do not pass for being the type's zero. */
function some(rules: FieldRules, rule: string, ...values: unknown[]): Breaking[] {
  const breaks = values.filter((value) => !zeroPasses(rules) || (value !== "" && value !== 0));
  return breaks.length === 0 ? [] : [{ rule, values: fc.constantFrom(...breaks) }];
}

function ofString(rules: FieldRules, type: RulesOf<"string">): Breaking[] {
  const { minLen, maxLen, pattern, in: allowed, wellKnown } = type;
  const tooShort = minLen > 1n ? ["x".repeat(Number(minLen) - 1), "☕"] : minLen === 1n ? [""] : [];
  const tooLong = maxLen > 0n ? ["x", "ü"].map((letter) => letter.repeat(Number(maxLen) + 1)) : [];
  const odd = pattern === "" ? [] : ODD_TEXTS.filter((text) => !keeps(text, type));
  return [
    ...(wellKnown.case === undefined
      ? []
      : some(rules, wellKnown.case, "", "not it", "0190b0a0-0000-7000-8000-00000000000g")),
    ...some(rules, "min_len", ...tooShort),
    ...some(rules, "max_len", ...tooLong),
    ...some(rules, "pattern", ...odd),
    ...(allowed.length === 0 ? [] : some(rules, "in", "none of these")),
  ];
}

function ofInt32(rules: FieldRules, { notIn }: RulesOf<"int32">): Breaking[] {
  const { min, max } = boundsOf(rules);
  const outside = [INT32_MIN, INT32_MAX, min - 1, max + 1].filter(
    (value) => (value < min || value > max) && value >= INT32_MIN && value <= INT32_MAX,
  );
  return [...some(rules, "bounds", ...outside), ...some(rules, "not_in", ...notIn)];
}

function ofEnum(field: DescField, rules: FieldRules, { in: allowed }: RulesOf<"enum">): Breaking[] {
  const numbers = (field.enum?.values ?? []).map(({ number }) => number);
  const refused = allowed.length === 0 ? [] : numbers.filter((number) => !allowed.includes(number));
  return some(rules, "enum", 99, -1, ...refused);
}

function ofBytes({ maxLen }: RulesOf<"bytes">): Breaking[] {
  const values = fc.oneof(
    { weight: 9, arbitrary: fc.constant(new Uint8Array(0)) },
    { weight: 1, arbitrary: fc.constant(new Uint8Array(Number(maxLen) + 1)) },
  );
  return [{ rule: "length", values }];
}

function ofList(
  field: DescField,
  { minItems, maxItems, unique, items }: RulesOf<"repeated">,
  known: () => Known,
): Breaking[] {
  const element = validValue(field, known)
    .filter((list) => asList(list).length > 0)
    .map((list) => asList(list)[0]);
  const times = (count: number) => element.map((one) => Array.from({ length: count }, () => one));
  const ofElements =
    items === undefined
      ? []
      : breaking(field, items, known).map((fault) => ({
          ...fault,
          at: "[0]",
          values: fault.values.map((value) => [value]),
        }));
  return [
    ...(minItems === 0n ? [] : [{ rule: "min_items", values: fc.constant([]) }]),
    ...(maxItems === 0n ? [] : [{ rule: "max_items", values: times(Number(maxItems) + 1) }]),
    ...(unique ? [{ rule: "unique", values: times(2) }] : []),
    ...ofElements,
  ];
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
