/** The field rules of the proto files (protovalidate) as keywords of JSON schema, as far as it has them. */
import { type FieldRules, Ignore, type StringRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { JsonSchema } from "./json-schema.ts";

/** The schema with the rules; what has no keyword is left to the description and to the server. */
export function withRules(schema: JsonSchema, rules: FieldRules): JsonSchema {
  const keywords = keywordsOf(rules);
  const { type } = rules;
  if (type.case === "repeated" && type.value.items !== undefined) {
    const items = withRules(Object(schema["items"]), type.value.items);
    return { ...schema, ...keywords, items };
  }
  if (Object.keys(keywords).length === 0) return schema;
  // A field that is left out is "" in proto3, and then the rules are silent.
  if (type.case === "string" && rules.ignore === Ignore.IF_ZERO_VALUE)
    return { ...schema, anyOf: [{ maxLength: 0 }, keywords] };
  return { ...schema, ...keywords };
}

function keywordsOf({ type }: FieldRules): JsonSchema {
  switch (type.case) {
    case "string":
      return stringKeywords(type.value);
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "double":
      return { ...lowerBound(type.value.greaterThan), ...upperBound(type.value.lessThan) };
    case "repeated":
      return present({
        minItems: type.value.minItems,
        maxItems: type.value.maxItems,
        uniqueItems: type.value.unique || undefined,
      });
    default:
      return {};
  }
}

function stringKeywords({ minLen, maxLen, pattern, in: among, wellKnown }: StringRules): JsonSchema {
  const format = new Map<string | undefined, string>([
    ["uuid", "uuid"],
    ["email", "email"],
    ["uri", "uri"],
  ]).get(wellKnown.case);
  return present({
    minLength: minLen,
    maxLength: maxLen,
    pattern: pattern || undefined,
    enum: among.length === 0 ? undefined : among,
    format,
  });
}

interface Bound {
  case: string | undefined;
  value?: number | bigint | undefined;
}

function lowerBound(bound: Bound): JsonSchema {
  return bound.case === undefined
    ? {}
    : present({ [bound.case === "gt" ? "exclusiveMinimum" : "minimum"]: bound.value });
}

function upperBound(bound: Bound): JsonSchema {
  return bound.case === undefined
    ? {}
    : present({ [bound.case === "lt" ? "exclusiveMaximum" : "maximum"]: bound.value });
}

/** Without what the proto does not say (proto2's 0 for a length), and with numbers that JSON has. */
function present(keywords: Record<string, unknown>): JsonSchema {
  const said = Object.entries(keywords).filter(([, value]) => value !== undefined && value !== 0n);
  return Object.fromEntries(
    said.map(([keyword, value]) => [keyword, typeof value === "bigint" ? Number(value) : value]),
  );
}
