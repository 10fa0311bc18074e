/**
 * The last resort: what a handler or a binding throws ends its own request with INTERNAL and a line in the log.
 *
 * Method: listeners of their own with handlers that fail in each way there is, and RPCs whose refusal cannot be sent,
 * because a header of theirs is none. They run in the test's process, which would end with them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import pino from "pino";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { Failure } from "../../src/platform/errors/failure.ts";
import type { Call, Rpc } from "../../src/rpc/call.ts";
import { connectRouter } from "../../src/rpc/http/protocols/router.ts";
import { grpcServer, listenGrpc } from "../../src/rpc/grpc/server.ts";
import { type HttpListener, httpListener } from "../../src/rpc/http/listener.ts";
import { type HttpHandler } from "../../src/rpc/http/handler.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { messagesOf } from "../support/call.ts";
import { askHttp2 } from "../support/raw-http2.ts";

const lines: { msg: string; err: { message: string } }[] = [];
const log = pino({ level: "info" }, { write: (line: string) => void lines.push(JSON.parse(line)) });

const failing: Record<string, HttpHandler> = {
  "/at-once": () => {
    throw new Error("at once");
  },
  "/later": async () => {
    await sleep(1);
    throw new Error("later");
  },
  "/half-way": async (_, response) => {
    response.setHeader("content-length", 10);
    response.write("half");
    await sleep(1);
    throw new Error("half-way");
  },
  "/after-the-end": (_, response) => {
    response.end("all of it");
    response.write("more");
  },
};

let http: HttpListener;
let port: number;

test.before(async () => {
  const handler: HttpHandler = (request, response) => {
    const fail = failing[request.url ?? ""];
    if (fail !== undefined) return fail(request, response);
    response.end("well");
  };
  http = httpListener(handler, { log });
  port = await http.listen("127.0.0.1", 0);
});
test.after(async () => {
  await http.close();
});

for (const path of ["/at-once", "/later"]) {
  test(`a handler that throws ${path.slice(1)} is answered by 500, and logged`, async () => {
    lines.length = 0;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    assert.equal(
      [answer.status, await answer.json()],
      [500, { code: "internal", message: "Something went wrong on our side." }],
    );
    assert.is((await askHttp2(port, { ":path": path })).headers[":status"], "500");
    const grpc = await askHttp2(port, { ":method": "POST", ":path": path, "content-type": "application/grpc" });
    assert.equal([grpc.headers[":status"], grpc.headers["grpc-status"]], ["200", String(Code.Internal)]);
    assert.equal(
      lines.map(({ err }) => err.message),
      [1, 2, 3].map(() => path.slice(1).replace("-", " ")),
    );
  });
}

test("a handler that throws when half of its answer is out has its answer cut off", async () => {
  lines.length = 0;
  const answer = await fetch(`http://127.0.0.1:${port}/half-way`);
  assert.is(answer.status, 200);
  assert.instance(await answer.text().catch((error: unknown) => error), Error);
  assert.is.not((await askHttp2(port, { ":path": "/half-way" })).body.toString(), "half and half");
  assert.equal(
    lines.map(({ err }) => err.message),
    ["half-way", "half-way"],
  );
});

test("what goes wrong behind the end of an answer harms nobody", async () => {
  assert.is(await (await fetch(`http://127.0.0.1:${port}/after-the-end`)).text(), "all of it");
  assert.is((await askHttp2(port, { ":path": "/after-the-end" })).body.toString(), "all of it");
  assert.is(await (await fetch(`http://127.0.0.1:${port}/`)).text(), "well");
});

/** Refuses by an answer that no protocol can send. */
async function unspeakable(call: Call): Promise<never> {
  call.answerHeaders.set("two words", "");
  throw new Failure("UNAVAILABLE", "Nobody hears this.");
}

test("a refusal that cannot be sent ends its call as a fault of ours, by every protocol, of streams too", async () => {
  const { placeOrder, watchOrders } = OrderService.method;
  const rpcs: Rpc[] = [placeOrder, watchOrders].map((method: DescMethod) => ({ method, run: unspeakable }));
  const shutdownSignal = new AbortController().signal;
  const grpc = grpcServer(rpcs, { log, shutdownSignal });
  const byHttp = httpListener(
    connectRouter({ rpcs, shutdownSignal, admits: () => true, more: () => undefined, fallback: () => undefined }),
    { log },
  );
  const baseUrl = `http://127.0.0.1:${await byHttp.listen("127.0.0.1", 0)}`;
  const grpcClient = grpcTransport(`127.0.0.1:${await listenGrpc(grpc, { host: "127.0.0.1", port: 0 })}`);
  const transports: Record<string, Transport> = {
    "Connect JSON": createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      nodeOptions: { agent: false },
      useBinaryFormat: false,
    }),
    "gRPC-Web": createGrpcWebTransport({ baseUrl, httpVersion: "1.1", nodeOptions: { agent: false } }),
    "gRPC over h2c": createGrpcTransport({ baseUrl }),
    "gRPC by grpc-js": grpcClient,
  };
  for (const [name, transport] of Object.entries(transports)) {
    lines.length = 0;
    const unary = transport.unary(placeOrder, undefined, undefined, undefined, {});
    assert.is(await codeOf(unary), "Internal", name);
    const stream = transport.stream(watchOrders, undefined, undefined, undefined, oneEmpty());
    // A client of Connect's streams reads no more out of HTTP's 500.
    const expected = name === "Connect JSON" ? "Unknown" : "Internal";
    assert.is(await codeOf(stream.then(({ message }) => messagesOf(message))), expected, `${name}, a stream`);
    assert.is(lines.length, 2, name);
  }
  grpcClient.close();
  grpc.forceShutdown();
  await byHttp.close();
});

async function* oneEmpty() {
  yield {};
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "OK";
  } catch (error) {
    return error instanceof ConnectError ? Code[error.code] : String(error);
  }
}

test.run();
