/**
 * Brings a request into the form that rules and handlers count on: ids in lower case, names without blanks around them.
 *
 * What each message type needs is read from its descriptor once: a field with the rule `string.uuid` is an id, one with
 * the option `(bodega.options.v1.trim)` a name. On the way it is held against its bounds, since every text is passed anyhow.
 */
import { type DescField, type DescMessage, getOption, isMessage, type Message } from "@bufbuild/protobuf";
import { trim } from "../../../gen/bodega/options/v1/options_pb.ts";
import type { Violation } from "../../platform/errors/failure.ts";
import { trimmed } from "../../platform/wire/trim.ts";
import { isOverlong, rulesOfText, sizeBoundOf, textBoundOf, tooMany, within } from "./bounds.ts";
import { reaches } from "./reaches.ts";

/** What of a message is longer than its bound; undefined for nothing. */
type Step = (message: Message) => Violation[] | undefined;
/** The same of one value, by what holds it: a message, a list, a map. */
type Check = (holder: object, key: string | number) => Violation[] | undefined;

const compiled = new WeakMap<DescMessage, Step[]>();

/**
 * Changes the message itself.
 * @returns what is longer than its bound and was not looked into; of a list the first element with such a thing
 */
export function normalize(desc: DescMessage, message: Message): Violation[] {
  return run(stepsOf(desc), message) ?? [];
}

function run(steps: Step[], message: Message): Violation[] | undefined {
  let broken: Violation[] | undefined;
  for (const step of steps) {
    const found = step(message);
    if (found !== undefined) broken = broken === undefined ? found : broken.concat(found);
  }
  return broken;
}

function stepsOf(desc: DescMessage): Step[] {
  const known = compiled.get(desc);
  if (known !== undefined) return known;
  const steps: Step[] = [];
  // Kept before its fields are looked at, since a message may hold messages of its own type.
  compiled.set(desc, steps);
  for (const field of desc.fields) {
    const step = stepOf(field);
    if (step !== undefined) steps.push(step);
  }
  return steps;
}

function stepOf(field: DescField): Step | undefined {
  const check = checkOf(field);
  switch (field.fieldKind) {
    case "list":
      return listStep(field, check);
    case "map":
      return mapStep(field, check);
    case "scalar":
    case "message":
      return check === undefined ? undefined : singleStep(field, check);
    case "enum":
      return undefined;
    default:
      return field satisfies never;
  }
}

function singleStep({ name, localName, oneof }: DescField, check: Check): Step {
  if (oneof === undefined) return (message) => within(name, check(message, localName));
  return (message) => {
    const chosen: unknown = Reflect.get(message, oneof.localName);
    const isChosen = isObject(chosen) && Reflect.get(chosen, "case") === localName;
    return isChosen ? within(name, check(chosen, "value")) : undefined;
  };
}

function listStep(field: DescField, check: Check | undefined): Step | undefined {
  const { name, localName } = field;
  const bound = sizeBoundOf(field);
  if (bound === undefined && check === undefined) return undefined;
  return (message) => {
    const list: unknown = Reflect.get(message, localName);
    if (!Array.isArray(list)) return undefined;
    if (bound !== undefined && list.length > bound.max) return [tooMany(field, bound)];
    if (check === undefined) return undefined;
    for (let at = 0; at < list.length; at++) {
      const broken = check(list, at);
      if (broken !== undefined) return within(`${name}[${at}]`, broken);
    }
    return undefined;
  };
}

function mapStep(field: DescField, check: Check | undefined): Step | undefined {
  const { name, localName } = field;
  const bound = sizeBoundOf(field);
  if (bound === undefined && check === undefined) return undefined;
  return (message) => {
    const map: unknown = Reflect.get(message, localName);
    if (!isObject(map)) return undefined;
    const keys = Object.keys(map);
    if (bound !== undefined && keys.length > bound.max) return [tooMany(field, bound)];
    if (check === undefined) return undefined;
    for (const key of keys) {
      const broken = check(map, key);
      if (broken !== undefined) return within(`${name}[${JSON.stringify(key)}]`, broken);
    }
    return undefined;
  };
}

/** Undefined where neither the value nor what is in it concerns us. */
function checkOf(field: DescField): Check | undefined {
  if (field.message === undefined) return textCheck(field);
  if (!reaches(field.message, isConcerned)) return undefined;
  const steps = stepsOf(field.message);
  return (holder, key) => {
    const message: unknown = Reflect.get(holder, key);
    return isMessage(message) ? run(steps, message) : undefined;
  };
}

function textCheck(field: DescField): Check | undefined {
  const bound = textBoundOf(field);
  if (bound === undefined) return undefined;
  const { description } = bound;
  const change = changeOf(field);
  return (holder, key) => {
    const text: unknown = Reflect.get(holder, key);
    if (typeof text !== "string" || text === "") return undefined;
    const changed = change(text);
    if (changed !== text) Reflect.set(holder, key, changed);
    return isOverlong(changed, bound) ? [{ field: "", description }] : undefined;
  };
}

function changeOf(field: DescField): (text: string) => string {
  if (isId(field)) return (text) => text.toLowerCase();
  return getOption(field, trim) ? trimmed : (text) => text;
}

function isId(field: DescField): boolean {
  const { type } = rulesOfText(field);
  return type.case === "string" && type.value.wellKnown.case === "uuid" && type.value.wellKnown.value;
}

function isConcerned(field: DescField): boolean {
  return textBoundOf(field) !== undefined || sizeBoundOf(field) !== undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
