/** What tools ask before they know anything: is it healthy, and what is its schema. On both ports. */
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection as v1 } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as v1alpha } from "../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { inEnvelope } from "../../src/rpc/http/protocols/framing.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { buf } from "../support/buf.ts";
import { services } from "../support/contract.ts";
import { askHttp2 } from "../support/raw-http2.ts";
import { refusalOf } from "../support/refusal.ts";

const names = services.map(({ typeName }) => typeName);

let api: TestApi;
let session: Http2SessionManager;
let ports: { name: string; transport: Transport; url: string; protocols: string[] }[];

test.before(async () => {
  api = await startTestApi();
  session = new Http2SessionManager(api.baseUrl);
  const h2c = createGrpcTransport({ baseUrl: api.baseUrl, sessionManager: session });
  ports = [
    { name: "GRPC_PORT", transport: api.grpc, url: `http://${api.grpcAddress}`, protocols: ["grpc"] },
    { name: "PORT", transport: h2c, url: api.baseUrl, protocols: ["connect", "grpc", "grpcweb"] },
  ];
});
test.after(async () => {
  session.abort();
  await api.stop();
});

test("the server and each of its services are SERVING, and an unknown service is NOT_FOUND", async () => {
  for (const transport of [...ports.map((port) => port.transport), api.connect]) {
    const health = createClient(Health, transport);
    for (const service of ["", ...names]) assert.is((await health.check({ service })).status, Status.SERVING, service);
    assert.is((await refusalOf(health.check({ service: "bodega.Nothing" }))).code, "NotFound");
    const { statuses } = await health.list({});
    assert.equal(Object.keys(statuses).sort(), ["", ...names].sort());
    assert.ok(Object.values(statuses).every(({ status }) => status === Status.SERVING));
  }
});

test("a watcher is told the status at once, of an unknown service too", async () => {
  for (const { name, transport } of ports) {
    for (const [service, expected] of [
      ["", Status.SERVING],
      [names[0] ?? "", Status.SERVING],
      ["bodega.Nothing", Status.SERVICE_UNKNOWN],
    ] as const) {
      const leaving = new AbortController();
      const told = createClient(Health, transport)
        .watch({ service }, { signal: leaving.signal })
        [Symbol.asyncIterator]();
      const first = await told.next();
      assert.is(first.done === true ? undefined : first.value.status, expected, name);
      leaving.abort();
    }
  }
});

for (const reflection of [v1, v1alpha]) {
  test(`${reflection.typeName} lists the services and gives their files, on both ports`, async () => {
    for (const { name, transport } of ports) {
      const ask = async (question: Question) => answerOf(transport, reflection, question);
      const listed = await ask({ case: "listServices", value: "" });
      assert.equal(
        names.filter((service) => !listed.includes(service)),
        [],
        name,
      );
      const method = await ask({ case: "fileContainingSymbol", value: "bodega.order.v1.OrderService.PlaceOrder" });
      const byName = await ask({ case: "fileByFilename", value: "bodega/order/v1/order_service.proto" });
      assert.ok(
        method.includes("bodega/order/v1/order_service.proto") &&
          byName.includes("bodega/order/v1/order_service.proto"),
        name,
      );
      assert.equal(await ask({ case: "fileContainingSymbol", value: "bodega.Nothing" }), ["error 5"], name);
    }
  });
}

type Question = { case: "listServices" | "fileContainingSymbol" | "fileByFilename"; value: string };

/** Names of services or files, or the error's code. */
async function answerOf(
  transport: Transport,
  reflection: typeof v1 | typeof v1alpha,
  messageRequest: Question,
): Promise<string[]> {
  async function* questions() {
    yield { messageRequest };
  }
  // Both versions have the same messages.
  const client = createClient(reflection as typeof v1, transport);
  for await (const { messageResponse } of client.serverReflectionInfo(questions())) {
    switch (messageResponse.case) {
      case "listServicesResponse":
        return messageResponse.value.service.map(({ name }) => name);
      case "fileDescriptorResponse":
        return messageResponse.value.fileDescriptorProto.map(
          (bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name,
        );
      case "errorResponse":
        return [`error ${messageResponse.value.errorCode}`];
      default:
        throw new Error(`no answer: ${messageResponse.case}`);
    }
  }
  throw new Error("no answer");
}

test("each question counts as a call, on both ports and by both versions, and who asks too often is refused", async () => {
  for (const reflection of [v1, v1alpha]) {
    for (const port of ["PORT", "GRPC_PORT"] as const) {
      const limited = await startTestApi({ RATE_LIMITS: "calls=1/1h/3" });
      const baseUrl = port === "PORT" ? limited.baseUrl : `http://${limited.grpcAddress}`;
      const manager = new Http2SessionManager(baseUrl);
      const client = createClient(reflection as typeof v1, createGrpcTransport({ baseUrl, sessionManager: manager }));
      let answers = 0;
      async function* questions() {
        for (let asked = 0; asked < 5; asked++) yield { messageRequest: { case: "listServices" as const, value: "" } };
      }
      const refusal = await refusalOf(
        (async () => {
          for await (const _ of client.serverReflectionInfo(questions())) answers++;
        })(),
      );
      const told = [answers, refusal.code, refusal.reason, refusal.metadata];
      assert.equal(
        told,
        [3, "ResourceExhausted", "RATE_LIMITED", { limit: "calls" }],
        `${port} ${reflection.typeName}`,
      );
      manager.abort();
      await limited.stop();
    }
  }
});

for (const reflection of [v1, v1alpha]) {
  test(`a word of JavaScript is no file and no symbol: ${reflection.typeName}, on both ports`, async () => {
    for (const { name, transport } of ports) {
      for (const value of ["constructor", "toString", "__proto__", "hasOwnProperty", "constructor.name"]) {
        for (const question of ["fileByFilename", "fileContainingSymbol"] as const) {
          const answer = await answerOf(transport, reflection, { case: question, value });
          assert.equal(answer, ["error 5"], `${name} ${question} ${value}`);
        }
      }
    }
  });
}

test("API_DOCS=off tells nobody of the schema, on both ports, and health goes on", async () => {
  const silent = await startTestApi({ API_DOCS: "off" });
  const manager = new Http2SessionManager(silent.baseUrl);
  const byPort = createGrpcTransport({ baseUrl: silent.baseUrl, sessionManager: manager });
  for (const transport of [silent.grpc, byPort]) {
    const asked = answerOf(transport, v1, { case: "listServices", value: "" });
    assert.instance(await asked.catch((error: unknown) => error), ConnectError);
    assert.is((await createClient(Health, transport).check({})).status, Status.SERVING);
  }
  for (const page of ["/docs", "/openapi.json", "/docs/errors"])
    assert.is((await fetch(`${silent.baseUrl}${page}`)).status, 404, page);
  manager.abort();
  await silent.stop();
});

test("a body that is no message is the caller's fault, by every protocol, on both ports", async () => {
  const nonsense = Buffer.of(0xff, 0xff, 0xff, 0xff, 0x0f);
  const paths = ["/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/List", "/grpc.health.v1.Health/Watch"];
  for (const reflection of [v1, v1alpha]) paths.push(`/${reflection.typeName}/ServerReflectionInfo`);
  for (const { name, url, protocols } of ports) {
    for (const path of paths) {
      for (const type of protocols.map((protocol) => TYPES[protocol] ?? "")) {
        const call = { ":method": "POST", ":path": path, "content-type": type, te: "trailers" };
        const { headers, body } = await askHttp2(Number(new URL(url).port), call, inEnvelope(0, nonsense));
        const told = `${headers["grpc-status"]} ${body.toString("latin1")}`;
        // Check and List are no streams, which HTTP says where Connect asks for one.
        const expected = headers[":status"] === "200" ? /^3 |grpc-status: 3\r|"invalid_argument"/ : /^undefined /;
        assert.match(told, expected, `${path} as ${type} on ${name}: ${headers[":status"]} ${told}`);
      }
    }
  }
  const check = { ":method": "POST", ":path": paths[0], "content-type": "application/proto" };
  assert.match(
    (await askHttp2(Number(new URL(api.baseUrl).port), check, nonsense)).body.toString(),
    '"invalid_argument"',
  );
});

test("a name of 100 KiB is told back in a status that clients can read, on both ports", async () => {
  for (const { name, transport } of ports) {
    const { code } = await refusalOf(createClient(Health, transport).check({ service: "x".repeat(100_000) }));
    assert.is(code, "NotFound", name);
  }
});

for (const [what, flags, code] of [
  ["a message that says that it is packed, and not how, is refused as one", 1, 12],
  ["trailers, which no request has, are the caller's fault", 0x80, 3],
] as const) {
  test(`${what}, by both codecs`, async () => {
    const path = `/${v1.typeName}/ServerReflectionInfo`;
    const port = Number(new URL(api.baseUrl).port);
    for (const type of ["application/grpc", "application/grpc+json", "application/grpc-web+proto"]) {
      const call = { ":method": "POST", ":path": path, "content-type": type, te: "trailers" };
      const { headers, body } = await askHttp2(port, call, inEnvelope(flags, new Uint8Array(0)));
      const told = `${headers["grpc-status"]} ${body.toString("latin1")}`;
      assert.match(told, new RegExp(`^${code} |grpc-status: ${code}\r`), type);
    }
  });
}

const TYPES: Record<string, string> = {
  connect: "application/connect+proto",
  grpc: "application/grpc",
  grpcweb: "application/grpc-web+proto",
};

test("both ports announce that a connection has a hundred streams at once", async () => {
  for (const { url } of ports) {
    const session = connectHttp2(url);
    const [settings] = await once(session, "remoteSettings");
    assert.is(settings.maxConcurrentStreams, 100, url);
    session.destroy();
  }
});

test("buf curl needs no schema and no network, by every protocol that it speaks, on both ports", async () => {
  for (const { url, protocols } of ports) {
    for (const protocol of protocols) {
      const curl = (...args: string[]) => buf(["curl", "--http2-prior-knowledge", "--protocol", protocol, ...args]);
      const listed = await curl("--list-services", url);
      assert.equal(
        names.filter((service) => !listed.output.includes(service)),
        [],
        `${url} ${protocol}: ${listed.output}`,
      );
      const methods = await curl("--list-methods", url);
      assert.match(methods.output, "bodega.order.v1.OrderService/PlaceOrder");
      const { passed, output } = await curl(
        "-d",
        '{"page_size": 1}',
        `${url}/bodega.inventory.v1.InventoryService/ListStores`,
      );
      assert.ok(passed, output);
      const refused = await curl("-d", "{}", `${url}/bodega.order.v1.OrderService/ListOrders`);
      assert.match(refused.output, /unauthenticated/i);
    }
  }
});

test.run();
