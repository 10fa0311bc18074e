/** What grpc-js refuses by itself is told as everything else is: the caller's mistakes are his, and each has its reason. */
import { gzipSync } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { inEnvelope } from "../../src/rpc/http/protocols/framing.ts";
import { requestOf, type Wire, wireTo } from "../fuzz/wire.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { type LoggedApi, startLoggedApi } from "../support/logged-api.ts";

let helper: TestApi;
let server: LoggedApi;
let wire: Wire;
/** Of an admin: a stranger's body is not looked at. */
let authorization: string;

test.before(async () => {
  [helper, server] = await Promise.all([startTestApi(), startLoggedApi()]);
  authorization = `Bearer ${(await helper.signUp("ADMIN")).token}`;
  wire = wireTo(server);
});
test.after(async () => {
  wire.close();
  await Promise.all([server.stop(), helper.stop()]);
});

const listCategories = CatalogService.method.listCategories;
const empty = inEnvelope(0, new Uint8Array(0));
const zipped = inEnvelope(1, gzipSync(Buffer.of(8, 2)));
const declared = (bytes: number) =>
  Buffer.concat([Buffer.of(0, ...new Uint8Array(new Uint32Array([bytes]).buffer).toReversed()), Buffer.of(8)]);

async function answered(body: Buffer, headers: Record<string, string> = {}, method: DescMethod = listCategories) {
  const request = requestOf(method, "gRPC", new Uint8Array(0), { token: undefined, timeoutMs: undefined });
  const { code, reason } = await wire.send(method, "gRPC", {
    ...request,
    body,
    headers: { ...request.headers, ...headers },
  });
  return [code, reason];
}

test("a deadline that is none is the caller's mistake", async () => {
  for (const timeout of ["soon", "1", "-1S", "1 S", "1Sm", "999999999S", "1X"]) {
    assert.equal(await answered(empty, { "grpc-timeout": timeout }), ["InvalidArgument", "MALFORMED_REQUEST"], timeout);
  }
});

test("a deadline of eight digits of hours is no deadline that is over", async () => {
  for (const timeout of ["99999999H", "99999999M", "2147484S", "5S"])
    assert.equal(await answered(empty, { "grpc-timeout": timeout }), ["OK", undefined], timeout);
});

test("a deadline that is over has its reason, also where grpc-js sees it first", async () => {
  assert.equal(await answered(empty, { "grpc-timeout": "0m" }), ["DeadlineExceeded", "DEADLINE_EXCEEDED"]);
});

test("messages by gzip and deflate are read, and what is not packed that way is malformed", async () => {
  assert.equal(await answered(zipped, { "grpc-encoding": "gzip" }), ["OK", undefined]);
  assert.equal(await answered(zipped, { "grpc-encoding": "deflate" }), ["InvalidArgument", "MALFORMED_REQUEST"]);
  assert.equal(await answered(zipped, { "grpc-encoding": "snappy" }), ["Unimplemented", "UNKNOWN_COMPRESSION"]);
});

test("no message, a part of one, and two of them are malformed, also for a stream", async () => {
  for (const method of [listCategories, OrderService.method.watchOrders]) {
    for (const body of [Buffer.alloc(0), Buffer.of(0, 0), declared(9), Buffer.concat([empty, empty])]) {
      assert.equal(await answered(body, { authorization }, method), ["InvalidArgument", "MALFORMED_REQUEST"]);
    }
  }
});

test("flags that mean nothing, and what follows a whole message and is none, are passed over", async () => {
  for (const body of [inEnvelope(2, new Uint8Array(0)), Buffer.concat([empty, Buffer.of(0, 0)])])
    assert.equal(await answered(body), ["OK", undefined]);
});

test("a message that says it is larger than any, or unpacks to it, is too large", async () => {
  assert.equal(await answered(declared(2 ** 32 - 1)), ["ResourceExhausted", "MESSAGE_TOO_LARGE"]);
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  assert.equal(await answered(inEnvelope(1, bomb), { "grpc-encoding": "gzip" }), [
    "ResourceExhausted",
    "MESSAGE_TOO_LARGE",
  ]);
});

test("what is too large is known by the length that is said, and each RPC has its own bound", async () => {
  const { placeOrder } = OrderService.method;
  const { uploadProductImage } = CatalogService.method;
  const bounds: [DescMethod, number][] = [
    [placeOrder, 256 * 1024],
    [uploadProductImage, 8 * 1024 * 1024],
  ];
  for (const [method, bytes] of bounds) {
    assert.equal(
      await answered(declared(bytes), { authorization }, method),
      ["InvalidArgument", "MALFORMED_REQUEST"],
      method.name,
    );
    assert.equal(
      await answered(declared(bytes + 1), { authorization }, method),
      ["ResourceExhausted", "MESSAGE_TOO_LARGE"],
      method.name,
    );
  }
});

test("a message may unpack to what its RPC takes, and to no more", async () => {
  const zeros = (bytes: number) => inEnvelope(1, gzipSync(Buffer.alloc(bytes)));
  const gzip = { "grpc-encoding": "gzip" };
  assert.equal(await answered(zeros(256 * 1024 + 1), gzip), ["ResourceExhausted", "MESSAGE_TOO_LARGE"]);
  assert.equal(await answered(zeros(256 * 1024 + 1), gzip, CatalogService.method.uploadProductImage), [
    "Unauthenticated",
    "NOT_SIGNED_IN",
  ]);
});

test.run();
