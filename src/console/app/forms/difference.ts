/** In what two versions of one thing differ, field by field, in words. */
import type { DescEnum, DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { enumWords } from "../data/names.ts";
import { type Value, type Values, valuesOf } from "./fields.ts";
import { formWords } from "./words.ts";

export interface Difference {
  /** The field's, in the proto. */
  name: string;
  stored: string;
  mine: string;
}

/** Of what is in a form against what is stored. */
export function differencesOfForm(
  schema: DescMessage,
  { stored, values, fields }: { stored: Message; values: Values; fields: readonly DescField[] },
): Difference[] {
  const theirs = valuesOf(schema, stored, fields);
  return differing(fields, theirs, values);
}

/** Of two versions, in the named fields. */
export function differencesOf(
  schema: DescMessage,
  { stored, mine, names }: { stored: Message; mine: Message; names: readonly string[] },
): Difference[] {
  const fields = schema.fields.filter(({ name }) => names.includes(name));
  return differing(fields, valuesOf(schema, stored, fields), valuesOf(schema, mine, fields));
}

function differing(fields: readonly DescField[], stored: Values, mine: Values): Difference[] {
  return fields
    .map((field) => ({
      name: field.name,
      stored: words(field, stored[field.name]),
      mine: words(field, mine[field.name]),
    }))
    .filter((one) => one.stored !== one.mine);
}

function words(field: DescField, value: Value | undefined): string {
  if (typeof value === "boolean") return value ? formWords.yes : formWords.no;
  if (typeof value !== "string") return (value ?? []).join(", ");
  return field.fieldKind === "enum" ? wordsOfChoice(field.enum, value) : value;
}

function wordsOfChoice(choices: DescEnum, value: string): string {
  return value === "0" ? "" : enumWords(choices, Number(value));
}
