/**
 * How long the proto lets lists, maps and texts be: what is looked at before anything else in a request.
 *
 * The rules find every fault of every element, and match a text of any length; a stranger's hundred thousand elements
 * would keep the event loop for seconds. What is longer than its bound is refused by its length alone.
 */
import { type DescField, type DescMessage, getOption, ScalarType } from "@bufbuild/protobuf";
import { field as rulesOf, type FieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { Violation } from "../../platform/errors/failure.ts";

export interface Bound {
  max: number;
  /** In the words of the rule that says it. */
  description: string;
}

/** Of requests from this size on the lists are counted before the elements are read; an order of a hundred lines has 8 KB. */
export const LARGE_BYTES = 16 * 1024;
/** More than any resource has fields that can be written. */
const MAX_MASK_PATHS = 32;
export const MASK_BOUND: Bound = { max: MAX_MASK_PATHS, description: `must have no more than ${MAX_MASK_PATHS} paths` };
/** Of texts whose rules name no length: more than an id, a word of a list, a currency or an address of an image has. */
const MAX_TEXT_LENGTH = 4_096;

/** Elements of a list or a map; undefined where there is no bound. */
export function sizeBoundOf(field: DescField): Bound | undefined {
  if (isMask(field.parent)) return MASK_BOUND;
  const { type } = getOption(field, rulesOf);
  if (type.case === "repeated" && type.value.maxItems > 0n) {
    return {
      max: Number(type.value.maxItems),
      description: `must contain no more than ${type.value.maxItems} item(s)`,
    };
  }
  if (type.case === "map" && type.value.maxPairs > 0n) {
    return { max: Number(type.value.maxPairs), description: `map must be at most ${type.value.maxPairs} entries` };
  }
  return undefined;
}

export function isMask(desc: DescMessage | undefined): boolean {
  return desc?.typeName === "google.protobuf.FieldMask";
}

/** Letters of a text, or of each text of a list or a map; undefined for what is no text, and for paths, which are only compared. */
export function textBoundOf(field: DescField): Bound | undefined {
  if (field.scalar !== ScalarType.STRING || isMask(field.parent)) return undefined;
  const { type } = rulesOfText(field);
  const max = type.case === "string" && type.value.maxLen > 0n ? Number(type.value.maxLen) : MAX_TEXT_LENGTH;
  return { max, description: `must be at most ${max} characters` };
}

/** The rules that each text of the field has to keep. */
export function rulesOfText(field: DescField): Pick<FieldRules, "type"> {
  const rules = getOption(field, rulesOf);
  const { type } = rules;
  if (type.case === "repeated") return type.value.items ?? { type: { case: undefined } };
  if (type.case === "map") return type.value.values ?? { type: { case: undefined } };
  return rules;
}

/** Certainly longer, whatever the letters: each takes one or two units. What is a little longer the rules find. */
export function isOverlong(text: string, { max }: Bound): boolean {
  return text.length > 2 * max;
}

/** Too many elements, at the field; the paths of a mask are no field that a caller sees. */
export function tooMany(field: DescField, { description }: Bound): Violation {
  return { field: isMask(field.parent) ? "" : field.name, description };
}

/** Violations of a part as those of the whole. @param at what the part is called there: `items`, `[3]` */
export function within(at: string, broken: Violation[] | undefined): Violation[] | undefined {
  return broken?.map(({ field, description }) => ({ field: joined(at, field), description }));
}

function joined(at: string, field: string): string {
  return field === "" || field.startsWith("[") ? `${at}${field}` : `${at}.${field}`;
}
