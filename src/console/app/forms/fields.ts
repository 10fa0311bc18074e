/** Messages to what a form holds, and back: by their descriptors, field by field. */
import { create, type DescField, type DescMessage, getOption, isMessage, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { TimestampSchema, timestampDate, timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { Message } from "@bufbuild/protobuf";
import { trim } from "../../../../gen/bodega/options/v1/options_pb.ts";
import { DateSchema } from "../../../../gen/google/type/date_pb.ts";
import { MoneySchema } from "../../../../gen/google/type/money_pb.ts";
import { trimmed } from "../../../platform/wire/trim.ts";
import { amountOf, moneyOf } from "../data/money.ts";
import { formWords } from "./words.ts";

/** Text as it is typed, a box that is ticked, or the boxes that are. */
export type Value = string | boolean | readonly string[];
export type Values = Readonly<Record<string, Value>>;

export type Kind = "text" | "number" | "yes-no" | "choice" | "money" | "time" | "date" | "boxes";

export function kindOf(field: DescField): Kind {
  if (field.fieldKind === "list") return "boxes";
  if (field.fieldKind === "enum") return "choice";
  if (field.fieldKind === "message") return messageKind(field.message);
  if (field.fieldKind === "scalar" && field.scalar === ScalarType.BOOL) return "yes-no";
  return field.fieldKind === "scalar" && field.scalar !== ScalarType.STRING ? "number" : "text";
}

function messageKind({ typeName }: DescMessage): Kind {
  if (typeName === MoneySchema.typeName) return "money";
  return typeName === TimestampSchema.typeName ? "time" : "date";
}

export function valuesOf(schema: DescMessage, message: Message, fields: readonly DescField[]): Values {
  const reflected = reflect(schema, message);
  return Object.fromEntries(fields.map((field) => [field.name, valueOf(reflected, field)]));
}

function valueOf(message: ReflectMessage, field: DescField): Value {
  if (field.fieldKind === "list") return [...message.get(field)].map(String);
  const value: unknown = message.isSet(field) ? message.get(field) : undefined;
  if (kindOf(field) === "yes-no") return value === true;
  if (value === undefined) return field.fieldKind === "enum" ? "0" : "";
  if (field.fieldKind === "message") return messageText(message.get(field).message);
  return typeof value === "number" || typeof value === "bigint" || typeof value === "string" ? value.toString() : "";
}

function messageText(message: Message): string {
  if (isMessage(message, MoneySchema)) return amountOf(message);
  if (isMessage(message, TimestampSchema)) return localTime(timestampDate(message));
  if (!isMessage(message, DateSchema)) return "";
  return [String(message.year).padStart(4, "0"), twoDigits(message.month), twoDigits(message.day)].join("-");
}

/**
 * Puts what a form holds into a message of its type; names without the blanks around them, as the server reads them,
 * so that the rules are asked about the same text here and there.
 *
 * @throws WrongValue for text that is no number or amount: all else is for the rules to refuse
 */
export function fill(schema: DescMessage, message: Message, { fields, values, currency }: Filling): void {
  const reflected = reflect(schema, message);
  for (const field of fields) {
    const value = values[field.name];
    if (value !== undefined) put(reflected, field, value, currency);
  }
}

export interface Filling {
  fields: readonly DescField[];
  values: Values;
  /** ISO 4217, of amounts. */
  currency: string;
}

export class WrongValue extends Error {
  readonly field: string;
  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

function put(message: ReflectMessage, field: DescField, value: Value, currency: string): void {
  if (field.fieldKind === "list") {
    const list = message.get(field);
    list.clear();
    for (const one of Array.isArray(value) ? value : []) list.add(one);
    return;
  }
  if (typeof value === "boolean") return message.set(field, value);
  if (typeof value !== "string") return;
  // A text that is empty is a value; anything else that is empty is not there.
  if (value === "" && kindOf(field) !== "text") return message.clear(field);
  message.set(field, parsed(field, value, currency));
}

function parsed(field: DescField, text: string, currency: string): unknown {
  switch (kindOf(field)) {
    case "number":
    case "choice": {
      const number = Number(text);
      if (Number.isNaN(number)) throw new WrongValue(field.name, formWords.mustBeNumber);
      return number;
    }
    case "money": {
      const money = moneyOf(text, currency);
      if (money === undefined) throw new WrongValue(field.name, formWords.mustBeAmount);
      return reflect(MoneySchema, money);
    }
    case "time": {
      const time = new Date(text);
      if (Number.isNaN(time.getTime())) throw new WrongValue(field.name, formWords.mustBeTime);
      return reflect(TimestampSchema, timestampFromDate(time));
    }
    case "date": {
      const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
      return reflect(DateSchema, create(DateSchema, { year, month, day }));
    }
    default:
      return getOption(field, trim) ? trimmed(text) : text;
  }
}

/** As `<input type="datetime-local">` takes it: the time of this place, to the minute. */
function localTime(time: Date): string {
  const day = [time.getFullYear(), twoDigits(time.getMonth() + 1), twoDigits(time.getDate())].join("-");
  return `${day}T${twoDigits(time.getHours())}:${twoDigits(time.getMinutes())}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
