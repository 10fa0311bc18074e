/**
 * Words of enums in JSON: an enum's full name, its number, its name without the prefix; every other word is refused and
 * never dropped.
 *
 * Method: every enum field of every request, found in the descriptors, is given each kind of word by the reader that all
 * protocols share; over the wire one field stands for all, by each protocol that carries JSON. What no request of ours
 * has (lists, maps, oneofs of enums) is tried on a message of its own.
 */
import {
  type DescEnum,
  type DescField,
  type DescMessage,
  type DescMethod,
  type JsonObject,
  type JsonValue,
  toJson,
} from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { IdentityService } from "../../gen/bodega/identity/v1/identity_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { StockMovementKind } from "../../gen/bodega/inventory/v1/stock_movement_pb.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { inEnvelope } from "../../src/rpc/http/protocols/framing.ts";
import { decode } from "../../src/rpc/http/body.ts";
import { fromRequestJson } from "../../src/rpc/request/json-form.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { rpcs } from "../support/contract.ts";
import { shopWith } from "../support/shop.ts";
import { sampleMessage } from "./fixtures/sample.ts";

interface EnumField {
  method: DescMethod;
  /** From the request to the field. */
  path: DescField[];
  desc: DescEnum;
}

const fields: EnumField[] = rpcs.flatMap((method) => enumFieldsOf(method.input).map((found) => ({ method, ...found })));

let api: TestApi;
let admin: TestUser;
let sample: DescMessage;

test.before(async () => {
  api = await startTestApi();
  [admin, sample] = await Promise.all([api.signUp("ADMIN"), sampleMessage()]);
});
test.after(() => api.stop());

test("every enum field of every request takes a full name, a number, and the name without its prefix", () => {
  assert.ok(fields.length >= 9, `only ${fields.length} enum fields were found`);
  for (const each of fields) {
    for (const { name, number } of each.desc.values) {
      const short = name.slice(`${each.desc.sharedPrefix}`.length);
      const [byName, byShort, byNumber] = [name, short, number].map((word) =>
        toJson(each.method.input, read(each, word)),
      );
      assert.equal([byShort, byNumber], [byName, byName], `${each.method.name} ${name}`);
    }
  }
});

test("null and a field that is left out are the same", () => {
  for (const each of fields)
    assert.equal(toJson(each.method.input, read(each, null)), around(each.path.slice(0, -1), {}), each.method.name);
});

test("any other word is refused, by its field's path, with the values that there are", () => {
  for (const each of fields) {
    const [first = ""] = each.desc.values.slice(1).map(({ name }) => name);
    for (const word of [
      "",
      "1",
      "99",
      first.toLowerCase(),
      first.slice(0, -1),
      ` ${first}`,
      "constructor",
      "__proto__",
      `${each.desc.sharedPrefix?.toUpperCase()}${first}`,
    ]) {
      const refusal = refusalOf(() => read(each, word));
      assert.is(refusal.reason, "INVALID_FIELDS", `${each.method.name} ${word}`);
      assert.equal(
        refusal.violations.map(({ field }) => field),
        [each.path.map(({ name }) => name).join(".")],
      );
      assert.match(refusal.violations[0]?.description ?? "", first);
    }
  }
});

test("the words of lists, maps, oneofs and messages within messages are read and refused alike", () => {
  const good: [JsonObject, JsonObject][] = [
    [{ colours: ["RED", "COLOUR_DARK_BLUE", 1] }, { colours: ["COLOUR_RED", "COLOUR_DARK_BLUE", "COLOUR_RED"] }],
    [{ colour_by_name: { a: "DARK_BLUE" } }, { colourByName: { a: "COLOUR_DARK_BLUE" } }],
    [{ chosen: "RED" }, { chosen: "COLOUR_RED" }],
    [{ other: { other: { colour: "RED" } } }, { other: { other: { colour: "COLOUR_RED" } } }],
    [{ samples: [{}, { colour: "RED" }] }, { samples: [{}, { colour: "COLOUR_RED" }] }],
    [{ sampleByName: { "a b": { colour: "RED" } } }, { sampleByName: { "a b": { colour: "COLOUR_RED" } } }],
    [{ colour: "RED", unheardOf: { colour: "GREEN" } }, { colour: "COLOUR_RED" }],
  ];
  for (const [json, meant] of good) assert.equal(toJson(sample, fromRequestJson(sample, JSON.stringify(json))), meant);
  const bad: [JsonObject, string][] = [
    [{ colours: ["RED", "GREEN"] }, "colours[1]"],
    [{ colourByName: { a: "RED", b: "GREEN" } }, 'colour_by_name["b"]'],
    [{ chosen: "GREEN" }, "chosen"],
    [{ other: { other: { colour: "GREEN" } } }, "other.other.colour"],
    [{ samples: [{}, { colour: "GREEN" }] }, "samples[1].colour"],
    [{ sample_by_name: { "a b": { colour: "GREEN" } } }, 'sample_by_name["a b"].colour'],
  ];
  for (const [json, path] of bad) {
    assert.equal(
      refusalOf(() => fromRequestJson(sample, JSON.stringify(json))).violations.map(({ field }) => field),
      [path],
    );
  }
});

test("a name that comes twice is malformed, also beside a short word", () => {
  for (const text of ['{"colour":"RED","colour":"RED"}', '{"colour_by_name":{},"colourByName":{},"colour":"RED"}']) {
    assert.throws(() => fromRequestJson(sample, text), /duplicate|multiple/);
  }
});

test("what is neither a word nor a number is malformed, as it always was", () => {
  for (const each of fields.slice(0, 1)) {
    for (const value of [true, {}, [], 1.5]) assert.is(refusalOf(() => read(each, value)).reason, "MALFORMED_REQUEST");
  }
});

test("by POST, by GET and in an envelope a wrong word is INVALID_ARGUMENT, and a short one is understood", async () => {
  const { listOrders } = OrderService.method;
  for (const [name, ask] of Object.entries(waysOf(listOrders))) {
    const wrong = await ask({ status: "CANCELED" });
    assert.match(wrong, /status: must be one of ORDER_STATUS_PENDING/, name);
    assert.match(wrong, /INVALID_FIELDS|grpc-status: 3/i, name);
    assert.not.match(await ask({ status: "CANCELLED" }), /must be one of/, name);
  }
});

test("an admin whose role is misspelt stays an admin, and one who is meant to be changed is", async () => {
  const other = await api.signUp("ADMIN");
  const { getUser, updateUser } = IdentityService.method;
  const roleOf = async () => JSON.parse(await post(getUser, { id: other.id })).user.role;
  assert.match(
    await post(updateUser, { user: { id: other.id, role: "ADMIM" }, updateMask: "role" }),
    /user\.role: must be one of ROLE_CUSTOMER, ROLE_ADMIN/,
  );
  assert.is(await roleOf(), "ROLE_ADMIN");
  await post(updateUser, { user: { id: other.id, role: "ADMIN" }, updateMask: "role" });
  assert.is(await roleOf(), "ROLE_ADMIN");
  await post(updateUser, { user: { id: other.id, role: "CUSTOMER" } });
  assert.is(await roleOf(), "ROLE_CUSTOMER");
});

test("a receipt stands in the ledger as a receipt, and what is no kind stands nowhere", async () => {
  const shop = await shopWith(api, { mug: 1 });
  const { inventory } = api.clients({ token: admin.token });
  const adjustment = { storeId: shop.storeId, productId: shop.products.mug, delta: 2 };
  const path = "/bodega.inventory.v1.InventoryService/AdjustStock";
  assert.match(await send(path, { ...adjustment, kind: "RECIEPT" }), /INVALID_FIELDS/);
  await send(path, { ...adjustment, kind: "RECEIPT" });
  const { movements } = await inventory.listStockMovements(adjustment);
  assert.equal(movements.map(({ kind, delta }) => [kind, delta]).slice(0, 1), [[StockMovementKind.RECEIPT, 2]]);
  assert.is(movements.length, 2);
});

/** The message that the word at the end of the path makes. */
function read({ method, path }: EnumField, word: JsonValue) {
  return decode(method, {
    encoding: "json",
    bytes: Buffer.from(JSON.stringify(around(path, word))),
    timeoutMs: undefined,
  });
}

/** A value inside of the objects that lead to it. */
function around(path: DescField[], value: JsonValue): JsonValue {
  return path.reduceRight<JsonValue>((inner, { jsonName }) => ({ [jsonName]: inner }), value);
}

function enumFieldsOf(message: DescMessage): Omit<EnumField, "method">[] {
  return message.fields.flatMap((field) => {
    if (field.enum !== undefined) return [{ path: [field], desc: field.enum }];
    if (field.message === undefined || field.fieldKind !== "message") return [];
    return enumFieldsOf(field.message).map(({ path, desc }) => ({ path: [field, ...path], desc }));
  });
}

function refusalOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function waysOf(method: DescMethod): Record<string, (json: JsonObject) => Promise<string>> {
  return {
    POST: (json) => post(method, json),
    GET: (json) => get(`${pathOf(method)}?encoding=json&message=${encodeURIComponent(JSON.stringify(json))}`, {}),
    envelope: (json) =>
      get(pathOf(method), {
        method: "POST",
        headers: { "content-type": "application/grpc-web+json" },
        body: inEnvelope(0, Buffer.from(JSON.stringify(json))),
      }),
  };
}

function post(method: DescMethod, json: JsonObject): Promise<string> {
  return send(pathOf(method), json);
}

function send(path: string, json: JsonObject): Promise<string> {
  return get(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(json) });
}

async function get(path: string, init: RequestInit): Promise<string> {
  const headers = new Headers(init.headers);
  headers.set("authorization", `Bearer ${admin.token}`);
  const answer = await fetch(api.baseUrl + path, { ...init, headers });
  return decodeURIComponent((await answer.text()).replaceAll(/%(?![0-9A-F]{2})/g, "%25"));
}

test.run();
