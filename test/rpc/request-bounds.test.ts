/**
 * What is longer than its bound is refused by its length, before anybody looks into it: lists, maps, masks and texts.
 *
 * Method: a list is told as its own fault and none of its elements', each of which breaks a rule too; and the same by
 * both encodings, small enough to be read and large enough to be only counted. Hostile bodies of the largest size must
 * bring no more than a handful of violations, whatever they are made of.
 */
import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  toBinary,
} from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Failure, type Violation } from "../../src/platform/errors/failure.ts";
import { decode, type Encoding } from "../../src/rpc/http/body.ts";
import { MAX_REQUEST_BYTES } from "../../src/rpc/limits.ts";
import { overlongLists } from "../../src/rpc/request/binary-form.ts";
import { fromRequestJson } from "../../src/rpc/request/json-form.ts";
import { normalize } from "../../src/rpc/request/normalize.ts";
import { decodeStep } from "../../src/rpc/steps/decode.ts";
import { validationStep } from "../../src/rpc/steps/validation.ts";
import { callOf } from "../support/call.ts";
import { rpcs } from "../support/contract.ts";
import { sampleMessage } from "./fixtures/sample.ts";

const validation = validationStep([]);

let sample: DescMessage;

test.before(async () => {
  sample = await sampleMessage();
});

/** What is told of a body, behind sign-in and access; nothing where it passes every rule. */
async function told(method: DescMethod, encoding: Encoding, bytes: Uint8Array): Promise<Failure | undefined> {
  const call = callOf({ method, decode: () => decode(method, { encoding, bytes, timeoutMs: undefined }) });
  try {
    await decodeStep(call, () => validation(call, async () => create(method.output)));
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function rpc(name: string): DescMethod {
  const found = rpcs.find((one) => one.name === name);
  assert.ok(found, name);
  return found;
}

/** JSON that no JavaScript object could hold as it is: the same value many times. */
function inJson(name: string, json: JsonObject): [DescMethod, Encoding, Uint8Array] {
  return [rpc(name), "json", Buffer.from(JSON.stringify(json))];
}

function inBinary(name: string, json: JsonObject): [DescMethod, Encoding, Uint8Array] {
  return [rpc(name), "proto", toBinary(rpc(name).input, fromJson(rpc(name).input, json))];
}

const times = (count: number, value: JsonValue): JsonValue[] => Array<JsonValue>(count).fill(value);
const mask = (paths: number): string => Array<string>(paths).fill("title").join(",");

const overlong: [string, JsonObject, Violation][] = [
  ["QuoteOrder", { items: times(101, {}) }, { field: "items", description: "must contain no more than 100 item(s)" }],
  [
    "QuoteOrder",
    { items: times(20_000, {}) },
    { field: "items", description: "must contain no more than 100 item(s)" },
  ],
  ["BatchGetProducts", { ids: times(101, "") }, { field: "ids", description: "must contain no more than 100 item(s)" }],
  [
    "BatchGetProducts",
    { ids: times(20_000, "") },
    { field: "ids", description: "must contain no more than 100 item(s)" },
  ],
  [
    "CreateWebhook",
    { webhook: { eventTypes: times(21, "") } },
    { field: "webhook.event_types", description: "must contain no more than 20 item(s)" },
  ],
  [
    "CreateWebhook",
    { webhook: { eventTypes: times(20_000, "") } },
    { field: "webhook.event_types", description: "must contain no more than 20 item(s)" },
  ],
  ["UpdateProduct", { updateMask: mask(33) }, { field: "update_mask", description: "must have no more than 32 paths" }],
  [
    "UpdateProduct",
    { updateMask: mask(20_000) },
    { field: "update_mask", description: "must have no more than 32 paths" },
  ],
  [
    "UpdateProduct",
    { product: { title: "x".repeat(401) } },
    { field: "product.title", description: "must be at most 200 characters" },
  ],
  [
    "UpdateProduct",
    { product: { price: { currencyCode: "x".repeat(9_000) } } },
    { field: "product.price.currency_code", description: "must be at most 4096 characters" },
  ],
];

test("a list, a mask and a text that are too long are told by themselves, the same in JSON and binary, in small and large bodies", async () => {
  for (const [name, json, violation] of overlong) {
    for (const request of [inJson(name, json), inBinary(name, json)]) {
      assert.equal(
        (await told(...request))?.violations,
        [violation],
        `${name} ${JSON.stringify(json).slice(0, 60)} ${request[1]}`,
      );
    }
  }
});

test("what is just as long as it may be is looked into", async () => {
  assert.match(
    (await told(...inJson("QuoteOrder", { items: times(100, {}) })))?.message ?? "",
    /items\[0\]\.product_id|store_id/,
  );
  assert.match(
    (await told(...inJson("UpdateProduct", { updateMask: mask(32) })))?.message ?? "",
    /^product: value is required/,
  );
  assert.match(
    (await told(...inJson("UpdateProduct", { product: { title: "x".repeat(400) } })))?.message ?? "",
    /product\.title: must be at most 200 characters|product:/,
  );
});

test("maps, lists in lists and messages in messages are counted where they stand", () => {
  const bad: [JsonObject, Violation[]][] = [
    [
      { colourByName: { a: 1, b: 1, c: 1 } },
      [{ field: "colour_by_name", description: "map must be at most 2 entries" }],
    ],
    [
      { samples: [{}, { ids: times(5, "") }] },
      [{ field: "samples[1].ids", description: "must contain no more than 4 item(s)" }],
    ],
    [
      { other: { samples: [{}, {}, {}] } },
      [{ field: "other.samples", description: "must contain no more than 2 item(s)" }],
    ],
    [
      { updateMask: mask(33), colours: [1, 1, 1, 1] },
      [
        { field: "colours", description: "must contain no more than 3 item(s)" },
        { field: "update_mask", description: "must have no more than 32 paths" },
      ],
    ],
  ];
  for (const [json, violations] of bad) {
    const message = fromJson(sample, json);
    assert.equal(normalize(sample, message), violations);
    assert.equal(
      brokenIn(() => fromRequestJson(sample, JSON.stringify(json))),
      violations,
    );
    assert.equal(
      overlongLists(sample, toBinary(sample, message)),
      violations.filter(({ field }) => field !== "colours"),
      "numbers are not counted on the wire",
    );
  }
  const texts: [JsonObject, string][] = [
    [{ shortText: "x".repeat(21) }, "short_text"],
    [{ chosenId: "x".repeat(9_000) }, "chosen_id"],
    [{ ids: ["", "x".repeat(9_000)] }, "ids[1]"],
    [{ idByName: { a: "x".repeat(9_000) } }, 'id_by_name["a"]'],
    [{ sampleByName: { a: { freeText: "x".repeat(9_000) } } }, 'sample_by_name["a"].free_text'],
  ];
  for (const [json, field] of texts)
    assert.equal(
      normalize(sample, fromJson(sample, json)).map((one) => one.field),
      [field],
    );
});

test("a list that comes in pieces is one list", async () => {
  const { input } = rpc("CreateWebhook");
  const piece = toBinary(input, fromJson(input, { webhook: { eventTypes: [""] } }));
  for (const pieces of [21, 4_000]) {
    const refusal = await told(rpc("CreateWebhook"), "proto", Buffer.concat(times(pieces, "").map(() => piece)));
    assert.equal(
      refusal?.violations.map(({ field }) => field),
      ["webhook.event_types"],
    );
  }
});

test("whatever the largest body is made of, a handful of violations is told of it", async () => {
  for (const [name, request] of Object.entries(hostile())) {
    assert.ok(request[2].byteLength <= MAX_REQUEST_BYTES && request[2].byteLength > MAX_REQUEST_BYTES * 0.9, name);
    const refusal = await told(...request);
    assert.ok(refusal !== undefined && refusal.violations.length <= 5, `${name}: ${refusal?.message}`);
  }
});

test("what a message does not know is not kept, in binary as in JSON", async () => {
  const { input } = rpc("GetProduct");
  const unknown = Buffer.concat(times(1_000, "").map(() => Buffer.of(0x78, 1)));
  assert.is(decode(rpc("GetProduct"), { encoding: "proto", bytes: unknown, timeoutMs: undefined }).$unknown, undefined);
  assert.ok((fromBinary(input, unknown).$unknown ?? []).length > 0, "protobuf's reader keeps it by itself");
});

/** The largest bodies, of the smallest parts. */
function hostile(): Record<string, [DescMethod, Encoding, Uint8Array]> {
  const filled = (name: string, head: string, part: string, tail: string): [DescMethod, Encoding, Uint8Array] => {
    const parts = Math.floor((MAX_REQUEST_BYTES - head.length - tail.length) / (part.length + 1));
    return [rpc(name), "json", Buffer.from(head + Array(parts).fill(part).join(",") + tail)];
  };
  const pairs = (name: string, ...bytes: [number, number]): [DescMethod, Encoding, Uint8Array] => [
    rpc(name),
    "proto",
    Buffer.concat(Array.from({ length: MAX_REQUEST_BYTES / 2 }, () => Buffer.from(bytes))),
  ];
  const nested = Math.floor(MAX_REQUEST_BYTES * 0.49);
  return {
    "empty lines": filled("QuoteOrder", '{"items":[', "{}", "]}"),
    "empty ids": filled("BatchGetProducts", '{"ids":[', '""', "]}"),
    "empty types of events": filled("CreateWebhook", '{"webhook":{"eventTypes":[', '""', "]}}"),
    "paths of a mask": filled("UpdateProduct", '{"updateMask":"', "a", '"}'),
    "one path of a mask": [rpc("UpdateProduct"), "json", Buffer.from(`{"updateMask":"${"aB".repeat(nested)}"}`)],
    "a title of blanks": [
      rpc("UpdateProduct"),
      "json",
      Buffer.from(`{"product":{"title":"x${" ".repeat(nested * 2)}x"}}`),
    ],
    "a word of an enum": [rpc("ListOrders"), "json", Buffer.from(`{"status":"${"A".repeat(nested * 2)}"}`)],
    "what nobody knows": filled("BatchGetProducts", '{"unknown":[', "{}", "]}"),
    "arrays in arrays": [
      rpc("BatchGetProducts"),
      "json",
      Buffer.from(`{"unknown":${"[".repeat(nested)}${"]".repeat(nested)}}`),
    ],
    "objects in objects": [
      rpc("QuoteOrder"),
      "json",
      Buffer.from(`{"items":${'[{"a":'.repeat(nested / 6)}1${"}]".repeat(nested / 6)}}${" ".repeat(nested / 1.5)}`),
    ],
    "empty lines in binary": pairs("QuoteOrder", 0x12, 0),
    "empty ids in binary": pairs("BatchGetProducts", 0x0a, 0),
    "unknown numbers in binary": pairs("BatchGetProducts", 0x78, 0),
    "a message in pieces": pairs("UpdateProduct", 0x0a, 0),
    "groups in groups": pairs("BatchGetProducts", 0x7b, 0x7b),
  };
}

function brokenIn(work: () => Message): Violation[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof Failure) return error.violations;
    throw error;
  }
}

test.run();
