/**
 * The form in which a request reaches rules and handlers: ids in lower case, names without blanks around them.
 *
 * Method: every field of every request that the proto calls an id is given one in capitals, in a message of its own;
 * handlers compare ids with what PostgreSQL answers, which is in lower case, and none of them lowers one itself.
 */
import {
  create,
  type DescField,
  type DescMessage,
  type DescMethod,
  fromJson,
  getOption,
  type JsonObject,
  type JsonValue,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PlaceOrderRequestSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { trim } from "../../gen/bodega/options/v1/options_pb.ts";
import { newId } from "../../src/platform/wire/uuid.ts";
import { trimmed } from "../../src/platform/wire/trim.ts";
import { rulesOfText } from "../../src/rpc/request/bounds.ts";
import { normalize } from "../../src/rpc/request/normalize.ts";
import { decodeStep } from "../../src/rpc/steps/decode.ts";
import { callOf } from "../support/call.ts";
import { rpcs } from "../support/contract.ts";
import { sampleMessage } from "./fixtures/sample.ts";

/** A field, and a message of the request in which it alone has the value. */
interface Place {
  method: DescMethod;
  path: string;
  withValue: (value: string) => Message;
}

function placesOf(isOne: (field: DescField) => boolean): Place[] {
  return rpcs.flatMap((method) =>
    wayTo(method.input, isOne).map(({ path, around }) => ({
      method,
      path: `${method.name} ${path}`,
      withValue: (value) => fromJson(method.input, around(value)),
    })),
  );
}

interface WayTo {
  path: string;
  around: (value: string) => JsonObject;
}

function wayTo({ fields }: DescMessage, isOne: (field: DescField) => boolean): WayTo[] {
  return fields.flatMap((field): WayTo[] => {
    const held = (inner: JsonValue): JsonObject => ({ [field.jsonName]: field.fieldKind === "list" ? [inner] : inner });
    if (isOne(field)) return [{ path: field.name, around: held }];
    if (field.message === undefined || field.message.typeName.startsWith("google.protobuf.")) return [];
    return wayTo(field.message, isOne).map(({ path, around }) => ({
      path: `${field.name}.${path}`,
      around: (value) => held(around(value)),
    }));
  });
}

async function handled({ method, withValue }: Place, value: string): Promise<Message> {
  const call = callOf({ method, decode: () => withValue(value) });
  await decodeStep(call, async () => create(method.output));
  return call.request;
}

function isId(field: DescField): boolean {
  const { type } = rulesOfText(field);
  return type.case === "string" && type.value.wellKnown.case === "uuid";
}

test("every id of every request is in lower case before anybody compares it", async () => {
  const places = placesOf(isId);
  assert.ok(places.length > 80, `only ${places.length} ids were found`);
  for (const place of places) {
    const id = newId();
    assert.equal(await handled(place, id.toUpperCase()), await handled(place, id), place.path);
    assert.match(JSON.stringify(toJson(place.method.input, await handled(place, id.toUpperCase()))), id, place.path);
  }
});

/** Blank, no-break, thin, next line, tab; of no width: space, non-joiner, joiner, word joiner, byte order mark. */
const BLANKS = " \u00A0\u2009\u0085\t\u200B\u200C\u200D\u2060\uFEFF";

test("every name of every request loses the blanks around it before its rules look at it", async () => {
  const places = placesOf((field) => getOption(field, trim));
  assert.ok(places.length >= 24, `only ${places.length} names were found`);
  for (const place of places) {
    assert.equal(await handled(place, `${BLANKS}A \u00A0b${BLANKS}`), await handled(place, "A \u00A0b"), place.path);
    assert.equal(await handled(place, BLANKS), await handled(place, ""), place.path);
  }
});

test("the names that people type are those that are cut", () => {
  const names = new Set(placesOf((field) => getOption(field, trim)).map(({ path }) => path.replace(/^\w+ /, "")));
  const promised =
    "product.sku product.title category.name store.name user.first_name user.last_name user.email user.username login code promo_code promotion.code";
  for (const name of promised.split(" ")) assert.ok(names.has(name), name);
});

test("what stands inside a name, and what is not blank, stays", () => {
  for (const text of ["a", "a b", "é", "\u00A0".concat("a")].map((one) => one.trim())) assert.is(trimmed(text), text);
  assert.is(trimmed(`x${BLANKS}x`), `x${BLANKS}x`);
  assert.is(trimmed(`${BLANKS}é${BLANKS}`), "é");
  assert.is(trimmed("👩\u200D🚀 "), "👩\u200D🚀");
  assert.is(trimmed(" ".repeat(200_000).concat("x")).length, 1);
});

test("what is no id keeps its letters", async () => {
  const message = create(PlaceOrderRequestSchema, { promoCode: "SPRING", storeId: "ABCDEF" });
  normalize(PlaceOrderRequestSchema, message);
  assert.equal([message.promoCode, message.storeId], ["SPRING", "abcdef"]);
});

test("ids in lists, maps, oneofs and messages within messages are lowered too", async () => {
  const sample = await sampleMessage();
  const places: ((id: string) => JsonObject)[] = [
    (id) => ({ ids: [id, id] }),
    (id) => ({ idByName: { A: id } }),
    (id) => ({ chosenId: id }),
    (id) => ({ optionalId: id }),
    (id) => ({ other: { samples: [{ sampleByName: { B: { ids: [id] } } }] } }),
  ];
  for (const place of places) {
    const message = fromJson(sample, place("ABCDEF00"));
    assert.equal(normalize(sample, message), []);
    assert.equal(toJson(sample, message), place("abcdef00"));
  }
});

test.run();
