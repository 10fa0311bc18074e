/**
 * Messages that are well-formed and mostly wrong, drawn from the descriptor of their type.
 *
 * Values are what a handler expects, by the field's name, or what handlers stumble over. How many are expected differs
 * from message to message: one of which every field is wrong is refused by the first rule and reaches nothing.
 */
import { create, type DescField, type DescMessage, type JsonValue, type Message, ScalarType, toJson } from "@bufbuild/protobuf";
import { reflect, type ScalarValue } from "@bufbuild/protobuf/reflect";
import type { Chance } from "./chance.ts";

/** Values that exist in the database, so that handlers find something. */
export interface Known {
  /** What a field of this name mostly holds. */
  byName: Record<string, string>;
  ids: [string, ...string[]];
  logins: [string, ...string[]];
  words: [string, ...string[]];
}

/** Nesting ends here; no request of ours is deeper. */
const MAX_DEPTH = 5;
const HOSTILE_STRINGS: [string, ...string[]] = [
  "", " ", "\u0000", "a\u0000b", "\u202e\u0007\r\n\t", "é\u0301☕\u{1F600}\u{10FFFF}", "%_\\%", "' OR 1=1; DROP TABLE x; --", "${7*7}{{7*7}}",
  "100000000000000000000", "-1", "NaN", "null", "true", "../../etc/passwd", "<script>", "00000000-0000-0000-0000-000000000000",
  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x".repeat(300), "ü".repeat(5_001), "y".repeat(100_000), "a ".repeat(3_000), "& | ! :* ( ) <->",
];
const INTS: [number, ...number[]] = [0, 1, -1, 2, 7, 20, 100, 101, 1_000_000, 1_000_001, 2_147_483_647, -2_147_483_648];
const LONGS: [bigint, ...bigint[]] = [0n, 1n, -1n, 100n, 10n ** 9n, 10n ** 9n + 1n, 253402300799n, 253402300800n, 2n ** 63n - 1n, -(2n ** 63n)];

interface Source {
  chance: Chance;
  known: Known;
  /** How often a value is an expected one, from 0 to 1. */
  sanity: number;
}

/** A message of the type. */
export function randomMessage(desc: DescMessage, chance: Chance, known: Known): Message {
  return messageOf(desc, { chance, known, sanity: chance.pick([0.3, 0.8, 0.95, 1]) }, 0);
}

function messageOf(desc: DescMessage, source: Source, depth: number): Message {
  const { chance, sanity } = source;
  const message = create(desc);
  const reflected = reflect(desc, message);
  for (const field of desc.fields) {
    if (!chance.happens(Math.max(0.6, sanity - 0.1))) continue;
    if (field.fieldKind === "list") {
      const list = reflected.get(field);
      const count = expects(source) ? 1 + chance.upTo(2) : chance.pick([0, 3, 60]);
      for (let added = 0; added < count; added++) list.add(elementOf(field, source, depth));
    } else if (field.fieldKind === "message") {
      if (depth < MAX_DEPTH) reflected.set(field, reflect(field.message, messageOf(field.message, source, depth + 1)));
    } else if (field.fieldKind === "enum") {
      reflected.set(field, expects(source) ? chance.upTo(field.enum.values.length) : chance.pick([0, 99, -1]));
    } else if (field.fieldKind === "scalar") {
      reflected.set(field, scalarOf(field, field.scalar, source));
    }
  }
  return message;
}

function expects({ chance, sanity }: Source): boolean {
  return chance.happens(sanity);
}

function elementOf(field: DescField & { fieldKind: "list" }, source: Source, depth: number) {
  switch (field.listKind) {
    case "message":
      return reflect(field.message, depth < MAX_DEPTH ? messageOf(field.message, source, depth + 1) : create(field.message));
    case "enum":
      return source.chance.upTo(5);
    case "scalar":
      return scalarOf(field, field.scalar, source);
    default:
      return field satisfies never;
  }
}

function scalarOf(field: DescField, type: ScalarType, source: Source): ScalarValue {
  const { chance, known } = source;
  const expected = expects(source);
  switch (type) {
    case ScalarType.STRING:
      return expected ? expectedString(field.name, chance, known) : chance.pick(HOSTILE_STRINGS);
    case ScalarType.BOOL:
      return chance.happens(0.5);
    case ScalarType.BYTES:
      return chance.bytes(chance.pick([0, 1, 64, 4096]));
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      if (!expected) return chance.pick(INTS);
      return field.name === "nanos" ? 0 : 1 + chance.upTo(5);
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return Math.abs(chance.pick(INTS));
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return expected ? BigInt(1 + chance.upTo(1_000)) : chance.pick(LONGS);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return chance.pick([0n, 1n, 2n ** 64n - 1n]);
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return chance.pick([0, -0, 1.5, -1, 1e30, Number.NaN, Number.POSITIVE_INFINITY]);
    default:
      return type satisfies never;
  }
}

function expectedString(name: string, chance: Chance, { byName, ids, logins, words }: Known): string {
  const found = byName[name];
  if (found !== undefined) return found;
  if (name === "request_id") return uuid(chance);
  if (name === "id" || name === "ids" || name.endsWith("_id")) return chance.pick(ids);
  if (name === "currency_code") return "USD";
  if (name === "page_token" || name === "etag" || name === "promo_code") return "";
  if (name === "login") return chance.pick(logins);
  if (name === "email") return `fuzz${chance.upTo(1_000_000)}@test.example`;
  if (name === "username" || name === "sku" || name === "code") return `FUZZ-${chance.upTo(1_000_000)}`;
  if (name.includes("password")) return "correct horse battery";
  if (name === "order_by") return chance.pick(["", "price", "-price", "newest", "oldest", "name", "-name", "relevance"]);
  if (name === "paths") return chance.pick(["name", "title", "price", "nothing"]);
  if (name === "time_zone") return "Europe/Berlin";
  return `${chance.pick(words)} ${chance.upTo(1_000_000)}`;
}

function uuid(chance: Chance): string {
  const hex = chance.bytes(16).toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** The message in JSON, with what a client may try beside it and some values replaced. Undefined: it has no JSON form. */
export function hostileJson(desc: DescMessage, message: Message, chance: Chance): string | undefined {
  try {
    return JSON.stringify(spoilt({ ...OBJECT, ...asObject(toJson(desc, message)) }, chance)).replaceAll(RAW, (_, raw: string) => raw);
  } catch {
    // A time in the year 300000, for one; the binary form says it all the same.
    return undefined;
  }
}

const OBJECT = { price: 0.01, status: "ORDER_STATUS_DELIVERED", role: "ADMIN", unknown: { deeply: [{}, null] } };
/** Numbers that JavaScript itself cannot write. */
const RAW = /"raw:([^"]*)"/g;
const HOSTILE_JSON: [JsonValue, ...JsonValue[]] = [null, true, -1, 0.5, "1.5", "", [], {}, [null], "raw:100000000000000000000", "raw:1e400", "raw:-0", "\u0000"];

function asObject(json: JsonValue): Record<string, JsonValue> {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
}

function spoilt(json: JsonValue, chance: Chance): JsonValue {
  if (chance.happens(0.04)) return chance.pick(HOSTILE_JSON);
  if (Array.isArray(json)) return json.map((item) => spoilt(item, chance));
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [name, spoilt(value, chance)]));
}
