/**
 * The proto's own rules, as people read them beside a field and as an input takes them.
 *
 * Nothing is written again here: what a field may be is read from the descriptors' protovalidate options, and the same
 * rules are run before anything is sent.
 */
import { type DescField, type DescMessage, getOption } from "@bufbuild/protobuf";
import { field as fieldRules, type FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { trim } from "../../../../gen/bodega/options/v1/options_pb.ts";
import { patternWords } from "./pattern-words.ts";
import { ruleWords } from "./words.ts";
import type { Writing } from "../resources/resource.ts";

export interface Rule {
  required: boolean;
  /** In words; empty when anything goes. */
  words: string;
  maxLength?: number | undefined;
  min?: number;
  max?: number;
  /** The only values that it takes. */
  among?: readonly string[];
}

/** A hint says what may be, a refusal what must. */
const MUST = /^must (?:be|have) /;
/** The form itself sees to these. */
const KEPT_BY_FORM = new Set(["money.currency"]);
/** The rule that an amount of nothing breaks; the amounts that may be are told by the rule beside it. */
const POSITIVE = "money.positive";
const FROM_NOTHING = /^an amount from 0 to (?=\d)/;

/** @param given the names that a create asks for, from `givenNames` */
export function ruleOf(field: DescField, given: ReadonlySet<string>): Rule {
  const rules = getOption(field, fieldRules);
  const limits = limitsOf(rules);
  const required = rules.required || given.has(field.name);
  const words = [required ? ruleWords.required : "", ...limits.words, ...toldWords(rules)].filter((one) => one !== "");
  // An input cuts what is pasted to its length: the end of a name that came with blanks before it.
  const maxLength = getOption(field, trim) ? undefined : limits.maxLength;
  return { ...limits, maxLength, required, words: words.map(capitalized).join(". ") };
}

/** What a field's own rules say; of two about one amount, one sentence. */
function toldWords({ cel }: FieldRules): string[] {
  const isPositive = cel.some(({ id }) => id === POSITIVE);
  return cel
    .filter(({ id }) => !KEPT_BY_FORM.has(id) && id !== POSITIVE)
    .map(({ message }) => message.replace(MUST, ""))
    .map((words) => (isPositive ? words.replace(FROM_NOTHING, ruleWords.aboveNothing) : words));
}

function capitalized(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Which fields a create asks for: its resource's rules are named `<resource>.<field>.given`. */
export function givenNames<T>(writing: Writing<T> | undefined): ReadonlySet<string> {
  const resource = writing?.method.input.fields.find(({ name }) => name === writing.field);
  const ids = resource === undefined ? [] : getOption(resource, fieldRules).cel.map(({ id }) => id);
  return new Set(ids.flatMap((id) => /\.(\w+)\.given$/.exec(id)?.[1] ?? []));
}

/** What an update may change: the paths that its mask admits, in the order of the proto. */
export function maskPaths(input: DescMessage): string[] {
  const mask = input.fields.find(({ name }) => name === "update_mask");
  if (mask === undefined) return [];
  const { type } = getOption(mask, fieldRules);
  return type.case === "fieldMask" ? type.value.in : [];
}

type Limits = Omit<Rule, "required" | "words"> & { words: string[] };

function limitsOf({ type }: FieldRules): Limits {
  switch (type.case) {
    case "string": {
      const { minLen, maxLen, pattern, wellKnown, in: among } = type.value;
      return {
        maxLength: maxLen > 0n ? Number(maxLen) : undefined,
        among: among.length > 0 ? among : undefined,
        words: [
          wellKnown.case === "email" ? ruleWords.email : "",
          wellKnown.case === "uri" ? ruleWords.address : "",
          lengthWords(Number(minLen), Number(maxLen)),
          wellKnown.case === undefined ? (patternWords(pattern) ?? "") : "",
        ],
      };
    }
    case "int32":
    case "double": {
      const { greaterThan, lessThan } = type.value;
      const [min, max] = [greaterThan.value, lessThan.value];
      return { min, max, words: [rangeWords(greaterThan.case === "gt", min, max)] };
    }
    case "enum":
      return { among: type.value.in.length > 0 ? type.value.in.map(String) : undefined, words: [] };
    case "repeated": {
      const items = type.value.items?.type;
      return { among: items?.case === "string" ? items.value.in : undefined, words: [] };
    }
    default:
      return { words: [] };
  }
}

function lengthWords(min: number, max: number): string {
  if (min > 0 && max > 0) return ruleWords.length(min, max);
  return max > 0 ? ruleWords.atMost(max) : "";
}

function rangeWords(above: boolean, min: number | undefined, max: number | undefined): string {
  if (min === undefined || max === undefined) return "";
  return above ? ruleWords.above(min, max) : ruleWords.range(min, max);
}
