/** Messages that are encoded once: the same bytes for everybody, and fresh ones for whoever may still change a message. */
import { create, fromBinary, toBinary, toJsonString } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { GetProductResponseSchema } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { binaryOf, encodeOnce, jsonOf } from "../../src/platform/cache/encode-once.ts";

const answer = () => create(GetProductResponseSchema, { product: { title: "Café de olla", sku: "COF-1" } });

test("a message that nobody changes any more is encoded once, in each form", () => {
  const message = encodeOnce(answer());
  assert.is(binaryOf(GetProductResponseSchema, message), binaryOf(GetProductResponseSchema, message));
  assert.equal(fromBinary(GetProductResponseSchema, binaryOf(GetProductResponseSchema, message)), answer());
  assert.is(jsonOf(GetProductResponseSchema, message), toJsonString(GetProductResponseSchema, answer()));
  assert.is(jsonOf(GetProductResponseSchema, message), toJsonString(GetProductResponseSchema, answer()));
});

test("any other message is encoded as it is at the moment", () => {
  const message = answer();
  assert.equal(binaryOf(GetProductResponseSchema, message), toBinary(GetProductResponseSchema, message));
  const before = jsonOf(GetProductResponseSchema, message);
  message.product = undefined;
  assert.is(binaryOf(GetProductResponseSchema, message).length, 0);
  assert.is.not(jsonOf(GetProductResponseSchema, message), before);
});

test.run();
