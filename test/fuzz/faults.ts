/**
 * Every way to break one rule of a request: the field that is to blame, and the values that break it.
 *
 * The fields come from the descriptor and not from the validator, so that a rule which blames the wrong field, or nobody,
 * is found. A rule of a kind that nobody breaks here stops the test, so that new ones get their case.
 */
import { type DescField, type DescMessage } from "@bufbuild/protobuf";
import type { FieldRules, Rule } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { fc } from "../support/seed.ts";
import type { Known } from "./known.ts";
import { type Init, keeps, LAST_SECOND, validMessage, validValue } from "./messages.ts";
import { boundsOf, celOf, rulesOf, zeroPasses } from "./rules.ts";

export interface Fault {
  rule: string;
  /** What BadRequest must name: the field's path in proto names, empty for the request as a whole. */
  path: string;
  values: fc.Arbitrary<unknown>;
  apply(request: Init, value: unknown): void;
}

export interface Broken {
  init: Init;
  fault: Pick<Fault, "rule" | "path">;
}

/** Requests that keep every rule but one; undefined where the request has no rules. */
export function brokenMessage(desc: DescMessage, known: () => Known): fc.Arbitrary<Broken> | undefined {
  const faults = faultsOf(desc, known);
  if (faults.length === 0) return undefined;
  return fc.constantFrom(...faults).chain((fault) =>
    fc.tuple(validMessage(desc, known), fault.values).map(([valid, value]) => {
      const init = structuredClone(valid);
      fault.apply(init, value);
      return { init, fault: { rule: fault.rule, path: fault.path } };
    }),
  );
}

export function faultsOf(desc: DescMessage, known: () => Known): Fault[] {
  return faultsIn(desc, { path: "", within: (request) => request }, known);
}

/** Where in a request a message stands. */
interface Place {
  path: string;
  within: (request: Init) => Init;
}

function faultsIn(desc: DescMessage, place: Place, known: () => Known): Fault[] {
  const ofFields = desc.fields.flatMap((field) => [...ofField(field, place, known), ...below(field, place, known)]);
  const ofMessage = celOf(desc).map((rule) => ({ rule: rule.id, path: place.path, ...breakWhole(rule) }));
  return [
    ...ofFields,
    ...ofMessage.map((fault) => ({
      ...fault,
      apply: (request: Init, value: unknown) => fault.apply(place.within(request), value),
    })),
  ];
}

/** The faults of a message of ours that is required, or of the first of a list. */
function below(field: DescField, place: Place, known: () => Known): Fault[] {
  if (field.message === undefined || !field.message.typeName.startsWith("bodega.")) return [];
  const path = pathTo(field, place);
  const { localName } = field;
  if (field.fieldKind === "list")
    return faultsIn(
      field.message,
      { path: `${path}[0]`, within: (request) => asInit(asList(place.within(request)[localName])[0]) },
      known,
    );
  if (!rulesOf(field).required)
    throw new TypeError(`${path} may be absent: how its fields are broken is not written yet`);
  return faultsIn(field.message, { path, within: (request) => asInit(place.within(request)[localName]) }, known);
}

function ofField(field: DescField, place: Place, known: () => Known): Fault[] {
  const rules = rulesOf(field);
  const path = pathTo(field, place);
  const set = (request: Init, value: unknown) => put(place.within(request), field, value);
  const faults: Fault[] = breaking(field, rules, known).map(({ rule, at = "", values }) => ({
    rule,
    path: `${path}${at}`,
    values,
    apply: set,
  }));
  if (rules.required) faults.push({ rule: "required", path, values: fc.constant(undefined), apply: set });
  for (const rule of rules.cel) {
    const { values, apply } = breakField(rule);
    faults.push({
      rule: rule.id,
      path,
      values,
      apply:
        apply === undefined ? set : (request, value) => apply(asInit(place.within(request)[field.localName]), value),
    });
  }
  return faults;
}

const ODD_TEXTS = ["\u0000", "a\nb\u007f", "a é", "☕", "x".repeat(99)];
const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;
const NUMBERS = [INT32_MIN, INT32_MAX];

interface Breaking {
  rule: string;
  /** Beside the field's path: which element. */
  at?: string;
  values: fc.Arbitrary<unknown>;
}

function breaking(field: DescField, rules: FieldRules, known: () => Known): Breaking[] {
  const { type } = rules;
  const some = (rule: string, ...values: unknown[]): Breaking[] => {
    const breaks = values.filter((value) => !zeroPasses(rules) || (value !== "" && value !== 0));
    return breaks.length === 0 ? [] : [{ rule, values: fc.constantFrom(...breaks) }];
  };
  switch (type.case) {
    case undefined:
      return [];
    case "string": {
      const { minLen, maxLen, pattern, in: allowed, wellKnown } = type.value;
      return [
        ...(wellKnown.case === undefined
          ? []
          : some(wellKnown.case, "", "not it", "0190b0a0-0000-7000-8000-00000000000g")),
        ...(minLen > 1n
          ? some("min_len", "x".repeat(Number(minLen) - 1), "☕")
          : minLen === 1n
            ? some("min_len", "")
            : []),
        ...(maxLen > 0n ? some("max_len", "x".repeat(Number(maxLen) + 1), "ü".repeat(Number(maxLen) + 1)) : []),
        ...(pattern === "" ? [] : some("pattern", ...ODD_TEXTS.filter((text) => !keeps(text, type.value)))),
        ...(allowed.length === 0 ? [] : some("in", "none of these")),
      ];
    }
    case "int32": {
      const { min, max } = boundsOf(rules);
      return [
        ...some(
          "bounds",
          ...NUMBERS.concat(min - 1, max + 1).filter(
            (value) => (value < min || value > max) && value >= INT32_MIN && value <= INT32_MAX,
          ),
        ),
        ...some("not_in", ...type.value.notIn),
      ];
    }
    case "enum":
      return some(
        "enum",
        99,
        -1,
        ...(field.enum?.values ?? [])
          .map(({ number }) => number)
          .filter((number) => type.value.in.length > 0 && !type.value.in.includes(number)),
      );
    case "double":
      return some("bounds", Number.NaN, -1, 1e9, Number.POSITIVE_INFINITY);
    case "bytes":
      return [
        {
          rule: "length",
          values: fc.oneof(
            { weight: 9, arbitrary: fc.constant(new Uint8Array(0)) },
            { weight: 1, arbitrary: fc.constant(new Uint8Array(Number(type.value.maxLen) + 1)) },
          ),
        },
      ];
    case "timestamp":
      return some("bounds", { seconds: -1n, nanos: 0 }, { seconds: LAST_SECOND + 1n, nanos: 0 });
    case "duration":
      return some("bounds", { seconds: 0n, nanos: 0 }, { seconds: -1n, nanos: 0 }, { seconds: 86_400n, nanos: 1 });
    case "fieldMask":
      return some("in", { paths: ["nothing"] }, { paths: ["*"] }, { paths: [...type.value.in, "create_time"] });
    case "repeated":
      return ofList(field, type.value, known);
    default:
      throw new TypeError(`${field.name}: nobody breaks rules for ${type.case} yet`);
  }
}

function ofList(
  field: DescField,
  { minItems, maxItems, unique, items }: Extract<FieldRules["type"], { case: "repeated" }>["value"],
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

interface CelBreaking {
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
function breakField({ id }: Rule): CelBreaking {
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
function breakWhole({ id, expression }: Rule): Required<CelBreaking> {
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

function pathTo({ name }: DescField, { path }: Place): string {
  return path === "" ? name : `${path}.${name}`;
}

function put(message: Init, field: DescField, value: unknown): void {
  if (field.oneof === undefined) message[field.localName] = value;
  else message[field.oneof.localName] = { case: field.localName, value };
}

function asInit(value: unknown): Init {
  if (typeof value !== "object" || value === null) throw new TypeError("there is no message here");
  return value as Init;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
