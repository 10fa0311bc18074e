/** The words by which JSON names an enum's values: with the enum's prefix, as the proto has them, and without. */
import { type DescEnum, type DescField, getOption } from "@bufbuild/protobuf";
import { field as rulesOf } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

export interface EnumWords {
  /** The full name of each word that is none. */
  full: ReadonlyMap<string, string>;
  /** All full names. */
  names: ReadonlySet<string>;
  /** What is told to whoever used another word. */
  description: string;
}

/** Undefined where the field is no enum. */
export function enumWordsOf(field: DescField): EnumWords | undefined {
  const { enum: desc } = field;
  if (desc === undefined) return undefined;
  const prefix = prefixOf(desc);
  const names = desc.values.map(({ name }) => name);
  return {
    full: new Map(names.filter((name) => name.startsWith(prefix)).map((name) => [name.slice(prefix.length), name])),
    names: new Set(names),
    description: `must be one of ${choicesOf(field, desc).join(", ")}${prefix === "" ? "" : `, each with or without ${prefix}`}`,
  };
}

function prefixOf({ sharedPrefix }: DescEnum): string {
  return (sharedPrefix ?? "").toUpperCase();
}

/** What the field takes: of the enum's values those that its rule lets through, and not the one that says nothing. */
function choicesOf(field: DescField, { values }: DescEnum): string[] {
  const { type } = getOption(field, rulesOf);
  const among = type.case === "enum" ? type.value.in : [];
  return values
    .filter(({ number }) => number !== 0 && (among.length === 0 || among.includes(number)))
    .map(({ name }) => name);
}
