/** gRPC-Web's text form, byte by byte: the same as the binary one, in letters. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { trailerFlag } from "@connectrpc/connect/protocol-grpc-web";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  ListStoresRequestSchema,
  ListStoresResponseSchema,
} from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { WatchOrdersResponseSchema } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { inEnvelope } from "../../src/rpc/http/protocols/framing.ts";
import { fromLetters } from "../support/letters.ts";
import { createFixture, type Fixture } from "../support/fixture.ts";

const LIST_STORES = "/bodega.inventory.v1.InventoryService/ListStores";
const WATCH_ORDERS = "/bodega.order.v1.OrderService/WatchOrders";
const EMPTY = inEnvelope(0, new Uint8Array());
const MAX_BYTES = 256 * 1024;

let stage: Fixture;

test.before(async () => {
  stage = await createFixture();
});
test.after(() => stage.api.stop());

function post(path: string, body: Buffer | string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(stage.api.baseUrl + path, {
    method: "POST",
    headers: { "content-type": "application/grpc-web-text", ...headers },
    body,
  });
}

/** The flags and bytes of each envelope. */
function envelopes(text: string): [flags: number, bytes: Buffer][] {
  let body = fromLetters(text);
  const read: [number, Buffer][] = [];
  while (body.length >= 5) {
    const end = 5 + body.readUInt32BE(1);
    read.push([body.readUInt8(0), body.subarray(5, end)]);
    body = body.subarray(end);
  }
  return read;
}

async function trailerOf(answer: Response): Promise<string> {
  const [flags, bytes] = envelopes(await answer.text()).at(-1) ?? [];
  return flags === trailerFlag ? String(bytes) : "";
}

test("an answer is a message and its trailers, each padded for itself, by every name of the form", async () => {
  const message = toBinary(ListStoresRequestSchema, create(ListStoresRequestSchema, { pageSize: 1 }));
  for (const type of [
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
    "Application/gRPC-Web-Text; charset=utf-8",
  ]) {
    const answer = await post(LIST_STORES, inEnvelope(0, message).toString("base64"), { "content-type": type });
    assert.equal([answer.status, answer.headers.get("content-type")], [200, type]);
    const [told, trailer] = envelopes(await answer.text());
    assert.is(fromBinary(ListStoresResponseSchema, told?.[1] ?? Buffer.of()).stores[0]?.id, stage.shop.storeId);
    assert.equal([trailer?.[0], String(trailer?.[1])], [trailerFlag, "grpc-status: 0\r\n"]);
  }
});

test("what is no base64, or no envelope in it, is refused as malformed", async () => {
  const sound = EMPTY.toString("base64");
  for (const body of [
    "",
    "!!!!",
    `${sound}${sound}`,
    sound.slice(2),
    "AAAA=AAA",
    EMPTY,
    Buffer.of(2, 0, 0, 0, 0).toString("base64"),
  ]) {
    assert.match(await trailerOf(await post(LIST_STORES, body)), "grpc-status: 3\r\n", String(body));
  }
});

test("a message is too large by its bytes, not by its letters", async () => {
  for (const [bytes, status] of [
    [MAX_BYTES, 3],
    [MAX_BYTES + 3, 8],
  ] as const) {
    const answer = await post(LIST_STORES, inEnvelope(0, new Uint8Array(bytes)).toString("base64"));
    assert.match(await trailerOf(answer), `grpc-status: ${status}\r\n`, String(bytes));
  }
});

test("what a stream tells can be read before the next part comes", async () => {
  const leaving = new AbortController();
  const answer = await fetch(stage.api.baseUrl + WATCH_ORDERS, {
    method: "POST",
    headers: { "content-type": "application/grpc-web-text", authorization: `Bearer ${stage.buyer.token}` },
    body: EMPTY.toString("base64"),
    signal: leaving.signal,
  });
  const { value } = await (answer.body ?? new ReadableStream<Uint8Array>()).getReader().read();
  const [[flags, bytes] = []] = envelopes(Buffer.from(value ?? []).toString());
  assert.is(flags, 0);
  assert.is(fromBinary(WatchOrdersResponseSchema, bytes ?? Buffer.of()).message.case, "heartbeat");
  leaving.abort();
});

test.run();
