/**
 * A request in JSON as protobuf's reader takes it.
 *
 * That reader passes over unknown fields, as it should, and by the same option over words that an enum does not have:
 * `{"role": "ADMIM"}` would make a customer. So these words are held against the descriptor before, and those without
 * their prefix get it. Of a large body the lists are measured too: to make a hundred thousand messages takes a hundred
 * times as long as to count them.
 */
import {
  type DescField,
  type DescMessage,
  fromJson,
  fromJsonString,
  type JsonObject,
  type JsonValue,
  type Message,
} from "@bufbuild/protobuf";
import { invalidFields, type Violation } from "../../platform/errors/failure.ts";
import { isMask, LARGE_BYTES, MASK_BOUND, sizeBoundOf, within } from "./bounds.ts";
import { type EnumWords, enumWordsOf } from "./enum-words.ts";
import { reaches } from "./reaches.ts";

const LENIENT = { ignoreUnknownFields: true };

/** @throws Failure INVALID_FIELDS; Error for what is no such message */
export function fromRequestJson(desc: DescMessage, text: string): Message {
  if (!hasEnums(desc) && text.length < LARGE_BYTES) return fromJsonString(desc, text, LENIENT);
  const json: JsonValue = JSON.parse(text);
  const reading: Reading = { shortWords: 0 };
  const broken = run(stepsOf(desc), json, reading);
  if (broken !== undefined) throw invalidFields(broken);
  // Reads the text and not what was parsed of it, which says no more whether a name came twice.
  const message = fromJsonString(desc, text, LENIENT);
  return reading.shortWords === 0 ? message : fromJson(desc, json, LENIENT);
}

interface Reading {
  /** Enum words that got their prefix. */
  shortWords: number;
}

/** Looks at a member of an object or an array, and may put a word in its place. */
type Check = (value: JsonValue, reading: Reading, put: (word: string) => void) => Violation[] | undefined;

interface Step {
  name: string;
  /** By which names JSON may have it. */
  keys: string[];
  check: Check;
}

const known = new WeakMap<DescMessage, { steps: Step[]; hasEnums: boolean }>();

function planOf(desc: DescMessage) {
  const kept = known.get(desc);
  if (kept !== undefined) return kept;
  const plan = { steps: new Array<Step>(), hasEnums: reaches(desc, (field) => field.enum !== undefined) };
  known.set(desc, plan);
  for (const field of desc.fields) {
    const check = checkOf(field);
    if (check !== undefined)
      plan.steps.push({ name: field.name, keys: [...new Set([field.jsonName, field.name])], check });
  }
  return plan;
}

function hasEnums(desc: DescMessage): boolean {
  return planOf(desc).hasEnums;
}

function stepsOf(desc: DescMessage): Step[] {
  return planOf(desc).steps;
}

/** What has another shape than the message is for protobuf's reader to refuse. */
function run(steps: Step[], json: JsonValue, reading: Reading): Violation[] | undefined {
  if (!isJsonObject(json)) return undefined;
  let broken: Violation[] | undefined;
  for (const { name, keys, check } of steps) {
    for (const key of keys) {
      const value = Object.hasOwn(json, key) ? json[key] : undefined;
      const found =
        value === undefined
          ? undefined
          : within(
              name,
              check(value, reading, (word) => (json[key] = word)),
            );
      if (found !== undefined) broken = [...(broken ?? []), ...found];
    }
  }
  return broken;
}

/** Undefined where the field holds nothing that concerns us. */
function checkOf(field: DescField): Check | undefined {
  const one = elementCheckOf(field);
  switch (field.fieldKind) {
    case "list":
      return listCheck(field, one);
    case "map":
      return mapCheck(field, one);
    case "enum":
    case "message":
    case "scalar":
      return one;
    default:
      return field satisfies never;
  }
}

function elementCheckOf(field: DescField): Check | undefined {
  const words = enumWordsOf(field);
  if (words !== undefined) return wordCheck(words);
  const { message } = field;
  if (isMask(message)) return maskCheck;
  if (message === undefined || !reaches(message, isConcerned)) return undefined;
  const steps = stepsOf(message);
  return (value, reading) => run(steps, value, reading);
}

function wordCheck({ full, names, description }: EnumWords): Check {
  return (value, reading, put) => {
    if (typeof value !== "string" || names.has(value)) return undefined;
    const name = full.get(value);
    if (name === undefined) return [{ field: "", description }];
    put(name);
    reading.shortWords++;
    return undefined;
  };
}

/** In JSON a mask is one text. */
const maskCheck: Check = (value) => {
  const { max, description } = MASK_BOUND;
  return typeof value === "string" && value.split(",", max + 1).length > max ? [{ field: "", description }] : undefined;
};

function listCheck(field: DescField, one: Check | undefined): Check | undefined {
  const bound = sizeBoundOf(field);
  if (bound === undefined && one === undefined) return undefined;
  return (list, reading) => {
    if (!Array.isArray(list)) return undefined;
    if (bound !== undefined && list.length > bound.max) return [{ field: "", description: bound.description }];
    if (one === undefined) return undefined;
    for (const [at, value] of list.entries()) {
      const broken = one(value, reading, (word) => (list[at] = word));
      if (broken !== undefined) return within(`[${at}]`, broken);
    }
    return undefined;
  };
}

function mapCheck(field: DescField, one: Check | undefined): Check | undefined {
  const bound = sizeBoundOf(field);
  if (bound === undefined && one === undefined) return undefined;
  return (map, reading) => {
    if (!isJsonObject(map)) return undefined;
    const entries = Object.entries(map);
    if (bound !== undefined && entries.length > bound.max) return [{ field: "", description: bound.description }];
    if (one === undefined) return undefined;
    for (const [key, value] of entries) {
      const broken = one(value, reading, (word) => (map[key] = word));
      if (broken !== undefined) return within(`[${JSON.stringify(key)}]`, broken);
    }
    return undefined;
  };
}

function isConcerned(field: DescField): boolean {
  return field.enum !== undefined || isMask(field.message) || sizeBoundOf(field) !== undefined;
}

function isJsonObject(json: JsonValue): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
