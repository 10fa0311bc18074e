/**
 * A server that stops: the calls in flight are answered, nobody new is let in, and nothing that only waits holds it.
 *
 * Method: a stock row that the test holds locked keeps a call in flight for as long as the test wants.
 */
import { once } from "node:events";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { OrderService } from "../../gen/bodega/order/v1/order_service_pb.ts";
import { InventoryService } from "../../gen/bodega/inventory/v1/inventory_service_pb.ts";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.ts";
import { metrics } from "../../src/platform/telemetry/metrics.ts";
import { openLog } from "../../src/platform/telemetry/log.ts";
import type { CallSignal } from "../../src/rpc/call-signal.ts";
import { connectRouter } from "../../src/rpc/http/protocols/router.ts";
import { grpcServer, listenGrpc } from "../../src/rpc/grpc/server.ts";
import { httpListener } from "../../src/rpc/http/listener.ts";
import { pipeline } from "../../src/rpc/pipeline.ts";
import { staticRoutes } from "../../src/rpc/http/static-routes.ts";
import { service } from "../../src/rpc/service.ts";
import { errorsStep } from "../../src/rpc/steps/errors.ts";
import { startTestApi, type TestApi, type TestUser, withToken } from "../support/api.ts";
import { selfSignedCertificate } from "../support/certificate.ts";
import { grpcTransport } from "../support/grpc-transport.ts";
import { type LoggedApi, startLoggedApi } from "../support/logged-api.ts";
import { rawConnection } from "../support/raw-http.ts";
import { type Shop, shopWith } from "../support/shop.ts";
import { until } from "../support/until.ts";
import { watch } from "../support/watching.ts";

let helper: TestApi;
let admin: TestUser;

test.before(async () => {
  helper = await startTestApi();
  admin = await helper.signUp("ADMIN");
});
test.after(() => helper.stop());

async function lockMug(shop: Shop<"mug">): Promise<() => Promise<void>> {
  const transaction = await helper.database.transaction();
  const bind = [shop.storeId, shop.products.mug];
  await helper.database.query(
    "SELECT quantity FROM inventory.stock WHERE store_id = $1 AND product_id = $2 FOR UPDATE",
    { bind, transaction },
  );
  return () => transaction.rollback();
}

function setMug(transport: Transport, shop: Shop<"mug">, quantity: number) {
  return createClient(InventoryService, withToken(transport, admin.token)).setStock({
    storeId: shop.storeId,
    productId: shop.products.mug,
    quantity,
  });
}

/** Waits until so many calls are being answered: on a busy machine they take their time to come. */
async function inHand(calls: number): Promise<void> {
  await until(`${calls} calls are in hand`, async () => {
    const { values } = await metrics.rpcInFlight.get();
    return values.reduce((sum, { value }) => sum + value, 0) === calls;
  });
}

/** Stops it, and holds that everything came to its end by itself: nothing was cut. */
async function stopUncut({ stop, lines }: LoggedApi): Promise<void> {
  await stop();
  assert.equal(
    lines.filter(({ msg }) => msg.startsWith("connections were cut")),
    [],
  );
}

async function isRefused(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const request = httpRequest({ port, path: "/healthz", agent: false }, (response) =>
    resolve(response.resume().statusCode === 0),
  );
  request.once("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"));
  request.end();
  return promise;
}

test("calls in flight are answered while the server stops, and new connections are refused", async () => {
  const shop = await shopWith(helper, { mug: 5 });
  const server = await startLoggedApi();
  const session = new Http2SessionManager(server.baseUrl);
  const grpc = grpcTransport(server.grpcAddress);
  const release = await lockMug(shop);
  const inFlight = [
    setMug(createConnectTransport({ baseUrl: server.baseUrl, httpVersion: "1.1", useBinaryFormat: false }), shop, 7),
    setMug(createGrpcTransport({ baseUrl: server.baseUrl, sessionManager: session }), shop, 7),
    setMug(grpc, shop, 7),
  ];
  await inHand(inFlight.length);
  const stopped = stopUncut(server);
  for (const port of [server.port, server.grpcPort]) await until("nobody new is let in", () => isRefused(port));
  await release();
  for (const answer of await Promise.all(inFlight))
    assert.is(answer.stock?.quantity ?? (await shop.quantity("mug")), 7);
  await stopped;
  session.abort();
  grpc.close();
});

test("the last answer on a connection of HTTP/1.1 says that it is the last", async () => {
  const shop = await shopWith(helper, { mug: 5 });
  const server = await startLoggedApi();
  const agent = new Agent({ keepAlive: true });
  const release = await lockMug(shop);
  const request = httpRequest({
    agent,
    port: server.port,
    path: "/bodega.inventory.v1.InventoryService/SetStock",
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${admin.token}` },
  });
  request.end(JSON.stringify({ storeId: shop.storeId, productId: shop.products.mug, quantity: 6 }));
  await inHand(1);
  const stopped = stopUncut(server);
  await release();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  assert.equal([response.resume().statusCode, response.headers.connection], [200, "close"]);
  await stopped;
  agent.destroy();
});

test("idle, silent and watching connections do not hold the stop", async () => {
  const server = await startLoggedApi();
  const [silent, idle] = [await rawConnection(server.port), await rawConnection(server.port)];
  idle.socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  await idle.until(/alive/);
  const sessions = [connectHttp2(server.baseUrl), connectHttp2(`http://${server.grpcAddress}`)];
  await Promise.all(sessions.map((session) => once(session, "connect")));
  const watching = await watchEverywhere(server);
  await stopUncut(server);
  await Promise.all([silent.closed, idle.closed]);
  for (const told of await Promise.all(watching.told))
    assert.equal(told, [Status.SERVING, Status.NOT_SERVING, "Unavailable"]);
  for (const session of sessions) session.destroy();
  watching.close();
});

/** A listener that answers nothing, and a connection to it. */
async function connected(tls?: { certFile: string; keyFile: string }) {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const log = openLog({ level: "silent", name: "test" });
  const http = httpListener(
    (_request, response) => {
      response.setHeader("content-length", 0);
      response.end();
      response.once("close", resolve);
    },
    { log, tls },
  );
  const connection = await rawConnection(await http.listen("127.0.0.1", 0));
  return { http, asked, ...connection };
}

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

test("a connection that begins HTTP/2 while the server stops is not left behind", async () => {
  const { http, socket, closed } = await connected();
  socket.write(PREFACE.slice(0, 10));
  await sleep(50);
  const wasCut = http.close(300);
  await sleep(50);
  socket.write(PREFACE.slice(10), "latin1");
  assert.is(await wasCut, false);
  await closed;
});

test("a request whose head or whose body does not come to its end, and is answered, does not hold the stop", async () => {
  const post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf";
  for (const [request, answers] of [
    ["GET / HTTP/1.1\r\nHo", false],
    [post, true],
  ] as const) {
    const { http, socket, closed, asked } = await connected();
    socket.write(request);
    await (answers ? asked : sleep(50));
    assert.is(await http.close(), false, request);
    await closed;
  }
});

test("with TLS a connection that does not begin its handshake does not hold the stop", async () => {
  const { certFile, keyFile } = await selfSignedCertificate();
  const { http, closed } = await connected({ certFile, keyFile });
  await sleep(50);
  assert.is(await http.close(), false);
  await closed;
});

test("a stream that comes when the others were ended is told at once that the server stops", async () => {
  const rpcs = pipeline(
    [service(OrderService, { watchOrders: (_, { signal }) => nothingUntil(signal) })],
    [errorsStep],
  );
  const stopped = AbortSignal.abort();
  const log = openLog({ level: "silent", name: "test" });
  const grpc = grpcServer(rpcs, { log, shutdownSignal: stopped });
  const http = httpListener(
    connectRouter({
      rpcs,
      shutdownSignal: stopped,
      admits: () => true,
      more: () => undefined,
      fallback: staticRoutes({}),
    }),
    { log },
  );
  const grpcClient = grpcTransport(`127.0.0.1:${await listenGrpc(grpc, { host: "127.0.0.1", port: 0 })}`);
  const connect = createConnectTransport({
    baseUrl: `http://127.0.0.1:${await http.listen("127.0.0.1", 0)}`,
    httpVersion: "1.1",
    nodeOptions: { agent: false },
  });
  for (const transport of [grpcClient, connect]) {
    const { ended } = watch(createClient(OrderService, transport), {});
    assert.is(await ended, "UNAVAILABLE");
  }
  grpcClient.close();
  grpc.forceShutdown();
  await http.close();
});

/** A stream that has nothing to tell, and ends when it is told to. */
function nothingUntil(signal: CallSignal): AsyncIterable<never> {
  const ended = new Promise<IteratorResult<never>>((resolve) =>
    signal.onAbort(() => resolve({ done: true, value: undefined })),
  );
  return { [Symbol.asyncIterator]: () => ({ next: () => ended }) };
}

test("with TLS an idle connection of HTTP/1.1 does not hold the stop either", async () => {
  const { certificate, certFile, keyFile } = await selfSignedCertificate();
  const server = await startLoggedApi({ TLS_CERT: certFile, TLS_KEY: keyFile });
  const nodeOptions = { ca: certificate };
  const transport = createConnectTransport({ baseUrl: server.baseUrl, httpVersion: "1.1", nodeOptions });
  await createClient(Health, transport).check({});
  await stopUncut(server);
});

test("a server that stops is not ready any more, and alive", async () => {
  const shop = await shopWith(helper, { mug: 5 });
  const server = await startLoggedApi();
  const session = connectHttp2(server.baseUrl);
  const release = await lockMug(shop);
  const kept = await rawConnection(server.port);
  const body = JSON.stringify({ storeId: shop.storeId, productId: shop.products.mug, quantity: 8 });
  kept.socket.write(
    `POST /bodega.inventory.v1.InventoryService/SetStock HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
      `Authorization: Bearer ${admin.token}\r\nContent-Length: ${body.length}\r\n\r\n${body}GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  await inHand(1);
  const stopped = server.stop();
  await release();
  assert.match(await kept.until(/200 OK/), /^HTTP\/1\.1 200 OK/);
  await stopped;
  session.destroy();
});

/** What watchers of health are told, by every protocol that can watch, and how it ends. */
async function watchEverywhere({ baseUrl, grpcAddress }: LoggedApi) {
  const session = new Http2SessionManager(baseUrl);
  const grpc = grpcTransport(grpcAddress);
  const transports = [
    grpc,
    createGrpcTransport({ baseUrl, sessionManager: session }),
    createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  ];
  const begun: Promise<void>[] = [];
  const told = transports.map(async (transport) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    begun.push(promise);
    const statuses: (number | string)[] = [];
    try {
      for await (const { status } of createClient(Health, transport).watch({})) {
        statuses.push(status);
        resolve();
      }
    } catch (error) {
      statuses.push(error instanceof ConnectError ? Code[error.code] : String(error));
    }
    return statuses;
  });
  await Promise.all(begun);
  return {
    told,
    close() {
      session.abort();
      grpc.close();
    },
  };
}

test.run();
