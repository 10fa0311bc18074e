/** Messages and enums as JSON schemas, in protobuf's JSON form, with the field rules that JSON schema can say. */
import {
  type AnyDesc,
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  getOption,
  hasOption,
  ScalarType,
} from "@bufbuild/protobuf";
import { field as fieldRules, message as messageRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { getComments } from "@bufbuild/protoplugin";
import { withRules } from "./rules.ts";
import type { JsonSchema } from "./json-schema.ts";

/** What protobuf's JSON form writes in a way of its own (protobuf.dev/programming-guides/json). */
const WELL_KNOWN: Record<string, JsonSchema> = {
  "google.protobuf.Timestamp": { type: "string", format: "date-time" },
  "google.protobuf.Duration": { type: "string", pattern: "^-?\\d+(\\.\\d{1,9})?s$" },
  "google.protobuf.FieldMask": { type: "string", description: "Paths in lowerCamelCase, separated by commas." },
  "google.protobuf.Any": { type: "object" },
  "google.protobuf.Struct": { type: "object" },
};

/** Of these messages and of all that they hold, by name. */
export function schemasOf(roots: readonly DescMessage[]): Record<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const waiting: (DescMessage | DescEnum)[] = [...roots];
  for (let desc = waiting.pop(); desc !== undefined; desc = waiting.pop()) {
    if (found.has(desc.typeName)) continue;
    found.set(desc.typeName, desc.kind === "enum" ? enumSchema(desc) : messageSchema(desc));
    if (desc.kind === "message" && WELL_KNOWN[desc.typeName] === undefined) {
      waiting.push(
        ...desc.fields.flatMap(({ message, enum: ofEnum }) => [message, ofEnum].filter((one) => one !== undefined)),
      );
    }
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function refTo(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** The comment of the proto file, without its line breaks. */
export function descriptionOf(desc: Exclude<AnyDesc, DescFile>): string {
  const { leading, trailing } = getComments(desc);
  const paragraphs = (leading ?? trailing ?? "").trim().split(/\n\s*\n/);
  return paragraphs
    .map((paragraph) =>
      paragraph
        .split("\n")
        .map((line) => line.trim())
        .join(" "),
    )
    .join("\n\n");
}

function messageSchema(message: DescMessage): JsonSchema {
  const known = WELL_KNOWN[message.typeName];
  if (known !== undefined) return known;
  const rules = getOption(message, messageRules)
    .cel.map((rule) => rule.message)
    .filter((text) => text !== "");
  const description = [descriptionOf(message), ...rules.map((rule) => `Rule: ${rule}.`)].join("\n\n");
  const required = message.fields
    .filter((field) => getOption(field, fieldRules).required)
    .map(({ jsonName }) => jsonName);
  return {
    type: "object",
    description,
    properties: Object.fromEntries(message.fields.map((field) => [field.jsonName, fieldSchema(field)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

/** Its full names, which are what an answer has; what else a request may say is told, and would only widen the type that clients make of it. */
function enumSchema(desc: DescEnum): JsonSchema {
  const values = desc.values.map((value) => `- \`${value.name}\`: ${descriptionOf(value)}`);
  const inRequests = `A request may also have its number, or its name without \`${(desc.sharedPrefix ?? "").toUpperCase()}\`.`;
  return {
    type: "string",
    description: [descriptionOf(desc), values.join("\n"), inRequests].join("\n\n"),
    enum: desc.values.map(({ name }) => name),
  };
}

function fieldSchema(field: DescField): JsonSchema {
  const description = descriptionOf(field);
  const schema = shapeOf(field);
  return { ...(hasOption(field, fieldRules) ? withRules(schema, getOption(field, fieldRules)) : schema), description };
}

function shapeOf(field: DescField): JsonSchema {
  switch (field.fieldKind) {
    case "scalar":
      return scalar(field.scalar);
    case "enum":
      return refTo(field.enum.typeName);
    case "message":
      return refTo(field.message.typeName);
    case "list":
      return { type: "array", items: element(field) };
    case "map":
      return { type: "object", additionalProperties: element(field) };
    default:
      return field satisfies never;
  }
}

function element({ scalar: type, message, enum: ofEnum }: Pick<DescField, "scalar" | "message" | "enum">): JsonSchema {
  if (message !== undefined) return refTo(message.typeName);
  return ofEnum === undefined ? scalar(type ?? ScalarType.STRING) : refTo(ofEnum.typeName);
}

function scalar(type: ScalarType): JsonSchema {
  switch (type) {
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return { type: "number" };
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return { type: ["string", "integer"], format: "int64" };
    default:
      return { type: "integer", format: "int32" };
  }
}
