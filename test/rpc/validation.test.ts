/** Validation: every broken rule is named by its field's path in the proto, after access and before anything else. */
import { create } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService, PlaceOrderRequestSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import { decodeStep } from "../../src/rpc/steps/decode.ts";
import { validationStep } from "../../src/rpc/steps/validation.ts";
import { callOf, thrown, unreachable } from "../support/call.ts";
import { rpcs } from "../support/contract.ts";

const method = OrderService.method.placeOrder;
const validation = validationStep([method]);

async function violations(request: Parameters<typeof create<typeof PlaceOrderRequestSchema>>[1]): Promise<Failure> {
  const refusal = await thrown(
    validation(callOf({ method, request: create(PlaceOrderRequestSchema, request) }), unreachable),
  );
  if (!(refusal instanceof Failure)) throw refusal;
  return refusal;
}

test("all broken rules are listed, by paths in proto names", async () => {
  const { reason, violations: listed } = await violations({
    storeId: "x",
    items: [
      { productId: crypto.randomUUID(), quantity: 1 },
      { productId: "y", quantity: 0 },
    ],
    requestId: "z",
  });
  assert.is(reason, "INVALID_FIELDS");
  assert.equal(listed.map(({ field }) => field).sort(), [
    "items[1].product_id",
    "items[1].quantity",
    "request_id",
    "store_id",
  ]);
  assert.ok(listed.every(({ description }) => description.length > 0));
});

test("the text names the first broken rule and how many more there are", async () => {
  const { message, violations: listed } = await violations({ storeId: "x", items: [{ productId: "y", quantity: 0 }] });
  assert.match(
    message,
    new RegExp(`^${listed[0]?.field.replaceAll(/[.[\]]/g, "\\$&")}: .* \\(and ${listed.length - 1} more\\)$`),
  );
});

test("a request with a thousand broken rules gets a short answer", async () => {
  const { violations: listed } = await violations({
    storeId: "x",
    items: Array.from({ length: 1_000 }, () => ({ productId: "y" })),
  });
  assert.ok(listed.length > 0 && listed.length <= 20, `${listed.length} violations`);
});

test("the rules of every request compile", () => {
  assert.not.throws(() => validationStep(rpcs));
});

test("a rule that breaks by itself is no fault of the client", async () => {
  const broken = validationStep([]);
  const notOfTheType = Object.assign(create(PlaceOrderRequestSchema), { items: [{ $typeName: "nothing" }] });
  const error = await thrown(broken(callOf({ method, request: notOfTheType }), unreachable));
  assert.not.instance(error, Failure);
});

test("the body is read by the decode step and not before", async () => {
  const request = create(PlaceOrderRequestSchema, { storeId: "x" });
  let decoded = 0;
  const call = callOf({ method, decode: () => (decoded++, request) });
  assert.is(decoded, 0);
  await decodeStep(call, async () => call.request);
  assert.equal([decoded, call.request], [1, request]);
});

test.run();
