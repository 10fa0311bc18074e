/**
 * Messages drawn from the descriptor of their type: such that keep every rule, and such that mostly do not.
 *
 * One generator makes both: a value is one that the field's rules let through, or, as often as `hostility` says, one
 * that handlers stumble over. What the rules of whole messages (CEL) refuse is drawn again.
 */
import { create, type DescField, type DescMessage, type DescOneof, type Message, ScalarType } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import type { FieldRules, StringRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { fc } from "../support/seed.ts";
import type { Known } from "./known.ts";
import { boundsOf, rulesOf, zeroPasses } from "./rules.ts";

/** A message as `create` takes it. */
export type Init = Record<string, unknown>;
type Values = fc.Arbitrary<unknown>;

interface Source {
  known: () => Known;
  /** How many of a hundred values are hostile. */
  hostility: number;
}

const validator = createValidator();

export function isValid(desc: DescMessage, init: Init): boolean {
  return validator.validate(desc, messageFrom(desc, init)).kind === "valid";
}

export function messageFrom(desc: DescMessage, init: Init): Message {
  return create(desc, init);
}

/** Messages that the rules of their type let through. */
export function validMessage(desc: DescMessage, known: () => Known): fc.Arbitrary<Init> {
  return messageOf(desc, { known, hostility: 0 }).filter((init) => isValid(desc, init));
}

/** Well-formed messages of which a few or most values are no good: one that is all wrong is refused by the first rule and reaches nothing. */
export function hostileMessage(desc: DescMessage, known: () => Known): fc.Arbitrary<Init> {
  return fc.oneof(...[5, 20, 70].map((hostility) => messageOf(desc, { known, hostility })));
}

/** Values of a field, of those that its own rules let through. */
export function validValue(field: DescField, known: () => Known): Values {
  return valueOf(field, { known, hostility: 0 });
}

function messageOf(desc: DescMessage, source: Source): fc.Arbitrary<Init> {
  const special = WELL_KNOWN[desc.typeName];
  if (special !== undefined) return special(source);
  const model: Record<string, Values> = {};
  const required: string[] = [];
  for (const member of desc.members) {
    model[member.localName] = member.kind === "oneof" ? choiceOf(member, source) : valueOf(member, source);
    if (source.hostility === 0 && member.kind === "field" && mustBeSet(member)) required.push(member.localName);
  }
  return fc.record(model, { requiredKeys: required });
}

/** Fields whose zero value breaks their rules, and those that name what the message is about. */
function mustBeSet(field: DescField): boolean {
  const rules = rulesOf(field);
  return rules.required || !zeroPasses(rules) || field.name === "id" || field.name === "title" || field.name === "name";
}

function choiceOf({ fields }: DescOneof, source: Source): Values {
  return fc.oneof(
    ...fields.map((field) => fc.record({ case: fc.constant(field.localName), value: valueOf(field, source) })),
  );
}

function valueOf(field: DescField, source: Source): Values {
  const rules = rulesOf(field);
  if (field.fieldKind === "list") return listOf(field, rules, source);
  if (field.fieldKind === "map") throw new TypeError(`${field.name}: maps are not drawn yet`);
  return singleOf(field, rules, source);
}

function listOf(field: DescField & { fieldKind: "list" }, { type }: FieldRules, source: Source): Values {
  const rules = type.case === "repeated" ? type.value : undefined;
  const element = singleOf(field, rules?.items ?? rulesOf(field), source);
  const bounds = {
    minLength: Number(rules?.minItems ?? 0),
    maxLength: Math.min(Number(rules?.maxItems ?? 3), Number(rules?.minItems ?? 0) + 3),
  };
  const usual = rules?.unique === true ? fc.uniqueArray(element, bounds) : fc.array(element, bounds);
  return or(usual, fc.oneof(fc.constant([]), fc.array(element, { minLength: 60, maxLength: 60 })), source);
}

/** A value of the field, or one element of it. */
function singleOf(field: DescField, rules: FieldRules, source: Source): Values {
  if (field.message !== undefined) return messageWithin(field.message, rules, source);
  if (field.enum !== undefined) return or(enumOf(field, rules), fc.constantFrom(0, 99, -1), source);
  if (field.fieldKind !== "scalar" && field.fieldKind !== "list")
    throw new TypeError(`${field.name} is of no kind that is known here`);
  return scalarOf(field, field.scalar, rules, source);
}

function messageWithin(desc: DescMessage, { type }: FieldRules, source: Source): Values {
  if (type.case !== "fieldMask") return messageOf(desc, source);
  const paths = fc.subarray(type.value.in, { minLength: 0, maxLength: 3 });
  return or(
    fc.record({ paths }),
    fc.constantFrom({ paths: ["nothing"] }, { paths: ["*"] }, { paths: ["id", "id"] }),
    source,
  );
}

function enumOf(field: DescField, { type }: FieldRules): Values {
  const allowed =
    type.case === "enum" && type.value.in.length > 0
      ? type.value.in
      : (field.enum?.values.map(({ number }) => number) ?? []);
  return fc.constantFrom(...allowed);
}

function scalarOf(field: DescField, scalar: ScalarType | undefined, rules: FieldRules, source: Source): Values {
  switch (scalar) {
    case ScalarType.STRING:
      return or(stringOf(field, rules, source), fc.constantFrom(...HOSTILE_STRINGS), source);
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT32:
      return or(int32Of(rules), fc.constantFrom(...HOSTILE_INTS), source);
    case ScalarType.DOUBLE:
      return or(
        fc.integer({ min: 1, max: 10_000 }).map((hundredths) => hundredths / 100),
        fc.double(),
        source,
      );
    case ScalarType.BYTES:
      return or(
        fc.oneof(
          fc.nat().map((index) => at(source.known().images, index)),
          fc.uint8Array({ minLength: 1, maxLength: 64 }),
        ),
        fc.uint8Array({ maxLength: 4096 }),
        source,
      );
    default:
      throw new TypeError(
        `${field.name}: no values for ${scalar === undefined ? "this kind" : ScalarType[scalar]} yet`,
      );
  }
}

function int32Of(rules: FieldRules): Values {
  const { min, max } = boundsOf(rules);
  const small = fc.integer({ min: Math.max(min, -5), max: Math.min(max, 5) });
  const usual = fc.oneof(
    { weight: 8, arbitrary: small },
    { weight: 1, arbitrary: fc.integer({ min, max }) },
    { weight: 1, arbitrary: fc.constantFrom(min, max) },
  );
  const { type } = rules;
  return type.case === "int32" && type.value.notIn.length > 0
    ? usual.filter((value) => !type.value.notIn.includes(value))
    : usual;
}

function stringOf(field: DescField, rules: FieldRules, { known }: Source): Values {
  const { case: kind, value } = rules.type;
  if (kind !== "string") return textOf(field, known);
  if (value.in.length > 0) return fc.constantFrom(...value.in);
  if (value.wellKnown.case === "uuid") return idOf(field, known);
  if (value.wellKnown.case === "email") return fc.nat().map((count) => `fuzz${count}@test.example`);
  if (value.wellKnown.case !== undefined && value.wellKnown.case !== "uri")
    throw new TypeError(`${field.name}: no values for ${value.wellKnown.case} yet`);
  const odd = fc.oneof(
    fc.constantFrom(...HOSTILE_STRINGS),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    ...matching(value.pattern),
  );
  return fc
    .oneof({ weight: 3, arbitrary: textOf(field, known) }, { weight: 1, arbitrary: odd })
    .filter((text) => keeps(text, value) || (text === "" && zeroPasses(rules)));
}

/** The pattern's own strings, where it is more than "without control characters". */
function matching(pattern: string): fc.Arbitrary<string>[] {
  return pattern === "" || pattern.startsWith("^[^") ? [] : [fc.stringMatching(new RegExp(pattern))];
}

/** Lengths are counted in characters (code points), as protovalidate does. */
export function keeps(text: string, rules: StringRules): boolean {
  const length = Array.from(text).length;
  if (rules.minLen !== 0n && length < rules.minLen) return false;
  if (rules.maxLen !== 0n && length > rules.maxLen) return false;
  if (rules.wellKnown.case === "uri" && !URL.canParse(text)) return false;
  return rules.pattern === "" || new RegExp(rules.pattern, "u").test(text);
}

/** Ids that exist, by the noun that the field or its message is named for, and now and then one that does not. */
function idOf(field: DescField, known: () => Known): Values {
  if (field.name === "request_id") return fc.uuid();
  const noun =
    field.name === "id" || field.name === "ids"
      ? nounOf(field.parent)
      : field.name.replace(/^(from|to)_/, "").replace(/_id$/, "");
  const existing = fc
    .nat()
    .map((index) => at(known().ids[noun.replaceAll("_", "")] ?? Object.values(known().ids).flat(), index));
  return fc.oneof({ weight: 9, arbitrary: existing }, { weight: 1, arbitrary: fc.uuid() });
}

/** `product` for GetProductRequest, UploadProductImageRequest, BatchGetProductsRequest and Product. */
function nounOf({ name }: DescMessage): string {
  return name
    .replace(/Request$/, "")
    .replace(/^(Get|Update|Delete|BatchGet|Upload|Confirm|Cancel|Ship|Deliver|Revoke|Retry|Test|Replay)(?=[A-Z])/, "")
    .replace(/(Image|s)$/, "")
    .toLowerCase();
}

function textOf({ name }: DescField, known: () => Known): fc.Arbitrary<string> {
  const numbered = fc.nat({ max: 1_000_000 });
  if (name === "username" || name === "sku" || name === "code") return numbered.map((count) => `FUZZ-${count}`);
  return fc.tuple(fc.constantFrom(...WORDS), numbered).map(([word, index]) => {
    const texts = known().texts[name];
    return texts === undefined ? `${word} ${index}` : at(texts, index);
  });
}

function at<T>(list: readonly T[], index: number): T {
  const value = list[index % list.length];
  if (value === undefined) throw new RangeError("nothing of this kind is known");
  return value;
}

function or(usual: Values, hostile: Values, { hostility }: Source): Values {
  return hostility === 0
    ? usual
    : fc.oneof({ weight: 100 - hostility, arbitrary: usual }, { weight: hostility, arbitrary: hostile });
}

/** The last second that a Timestamp can name. */
export const LAST_SECOND = 253_402_300_799n;
const THIS_YEAR_S = 1_790_000_000;
const WORDS = ["mug", "Zoë", "☕", "coffee", "a"] as const;
const HOSTILE_INTS = [0, 1, -1, 100, 101, 1_000_001, 2_147_483_647, -2_147_483_648];
const HOSTILE_LONGS = [0n, 1n, -1n, 10n ** 9n + 1n, LAST_SECOND, LAST_SECOND + 1n, 2n ** 63n - 1n, -(2n ** 63n)];
const HOSTILE_STRINGS = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\u202e\u0007\r\n\t",
  "é\u0301☕\u{1F600}\u{10FFFF}",
  "%_\\%",
  "' OR 1=1; DROP TABLE x; --",
  "${7*7}{{7*7}}",
  "100000000000000000000",
  "-1",
  "NaN",
  "null",
  "true",
  "__proto__",
  "../../etc/passwd",
  "<script>",
  "00000000-0000-0000-0000-000000000000",
  "A".repeat(52),
  "x".repeat(300),
  "ü".repeat(5_001),
  "y".repeat(100_000),
  "a ".repeat(3_000),
  "& | ! :* ( ) <->",
];

/** Types that are not ours; their rules stand where they are used. */
const WELL_KNOWN: Record<string, (source: Source) => fc.Arbitrary<Init>> = {
  "google.type.Money": (source) =>
    fc.record({
      currencyCode: or(
        fc.nat().map((index) => at(source.known().texts["currency_code"] ?? [], index)),
        fc.constantFrom(...HOSTILE_STRINGS),
        source,
      ),
      units: or(
        fc.oneof(
          { weight: 9, arbitrary: fc.bigInt(1n, 999n) },
          { weight: 1, arbitrary: fc.constantFrom(0n, 1_000_000_000n) },
        ),
        fc.constantFrom(...HOSTILE_LONGS),
        source,
      ),
      nanos: or(
        fc.oneof(
          fc.nat({ max: 99 }).map((cents) => cents * 10_000_000),
          fc.nat({ max: 999_999_999 }),
        ),
        fc.constantFrom(...HOSTILE_INTS),
        source,
      ),
    }),
  "google.type.Date": (source) =>
    fc.record({ year: numberOr(1900, 9999, source), month: numberOr(1, 12, source), day: numberOr(1, 31, source) }),
  "google.protobuf.Timestamp": (source) =>
    fc.record({
      seconds: or(
        fc.oneof(
          fc.nat({ max: 2 * THIS_YEAR_S }).map(BigInt),
          fc.integer({ min: -100_000, max: 100_000 }).map((ago) => BigInt(THIS_YEAR_S + ago)),
          fc.constantFrom(0n, LAST_SECOND),
        ),
        fc.constantFrom(...HOSTILE_LONGS),
        source,
      ),
      nanos: or(fc.constant(0), fc.constantFrom(...HOSTILE_INTS), source),
    }),
  "google.protobuf.Duration": (source) =>
    fc.record({
      seconds: or(fc.bigInt(1n, 86_400n), fc.constantFrom(...HOSTILE_LONGS), source),
      nanos: or(fc.constant(0), fc.constantFrom(...HOSTILE_INTS), source),
    }),
};

function numberOr(min: number, max: number, source: Source): Values {
  return or(fc.integer({ min, max }), fc.constantFrom(...HOSTILE_INTS), source);
}
