/** What every answer of PORT carries, who may read it from another origin, and what is too large or comes twice. */
import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect as http2Connect, type IncomingHttpHeaders } from "node:http2";
import { connect as tlsConnect } from "node:tls";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { withHostCheck } from "../../src/api/host.ts";
import { startTestApi, type TestApi } from "../support/api.ts";
import { selfSignedCertificate } from "../support/certificate.ts";

const ORIGIN = "https://shop.example";
const LIST = "/bodega.catalog.v1.CatalogService/ListCategories";
const JSON_CALL = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };

let api: TestApi;
let open: TestApi;
let secure: TestApi;
let certFile: string;

test.before(async () => {
  const certificate = await selfSignedCertificate();
  ({ certFile } = certificate);
  [api, open, secure] = await Promise.all([
    startTestApi(),
    startTestApi({ CORS_ORIGINS: `${ORIGIN}, http://localhost:5173` }),
    startTestApi({ TLS_CERT: certFile, TLS_KEY: certificate.keyFile }),
  ]);
});
test.after(async () => {
  await Promise.all([api.stop(), open.stop(), secure.stop()]);
});

test("every answer keeps browsers from guessing types, framing and telling where they came from", async () => {
  const answers = await Promise.all([
    fetch(`${api.baseUrl}/healthz`),
    fetch(`${api.baseUrl}/.well-known/jwks.json`),
    fetch(`${api.baseUrl}/nowhere`),
    fetch(`${api.baseUrl}${LIST}`, JSON_CALL),
    fetch(`${api.baseUrl}${LIST}`, { ...JSON_CALL, body: "nonsense" }),
    fetch(`${api.baseUrl}${LIST}`, { method: "DELETE" }),
    fetch(`${api.baseUrl}${LIST}`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto" },
      body: Buffer.alloc(5),
    }),
    fetch(`${api.baseUrl}/grpc.health.v1.Health/Check`, JSON_CALL),
  ]);
  for (const { url, status, headers } of answers) {
    assert.is(headers.get("x-content-type-options"), "nosniff", `${url} ${status}`);
    assert.is(headers.get("x-frame-options"), "DENY", url);
    assert.is(headers.get("referrer-policy"), "no-referrer", url);
    assert.match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/, url);
    assert.is(headers.get("strict-transport-security"), null, "only with TLS");
  }
});

test("behind a trusted proxy that ends TLS browsers are told to come by nothing else; a stranger who says so is not believed", async () => {
  const headers = { "x-forwarded-proto": "https" };
  const behind = await startTestApi({ TRUSTED_PROXIES: "127.0.0.1" });
  const said = async (at: TestApi, more: Record<string, string>) =>
    (await fetch(`${at.baseUrl}/healthz`, { headers: more })).headers.get("strict-transport-security");
  assert.match((await said(behind, headers)) ?? "", /^max-age=\d{8}; includeSubDomains$/);
  assert.equal(
    [await said(behind, {}), await said(behind, { "x-forwarded-proto": "http" }), await said(api, headers)],
    [null, null, null],
  );
  await behind.stop();
});

test("a GET that is refused is kept by no cache", async () => {
  const query = "?encoding=json&message=";
  const paths = [
    `/bodega.catalog.v1.CatalogService/GetProduct${query}${encodeURIComponent('{"id":"0190f0c4-0000-7000-8000-000000000000"}')}`,
    `/bodega.catalog.v1.CatalogService/GetProduct${query}nonsense`,
    `/bodega.identity.v1.IdentityService/GetProfile${query}{}`,
    LIST,
    "/bodega.catalog.v1.CatalogService/NoSuchRpc",
    "/nowhere",
    "/media/nothing",
    "/console/session",
  ];
  for (const path of paths) {
    const { status, headers } = await fetch(api.baseUrl + path);
    assert.ok(status >= 400, path);
    assert.is(headers.get("cache-control"), "no-store", `${path} ${status}`);
  }
  assert.match(
    (await fetch(`${api.baseUrl}${LIST}${query}{}`)).headers.get("cache-control") ?? "",
    /^public, no-cache/,
  );
});

/** The status of GET /healthz for a name that is not the address. */
function statusFor(at: TestApi, host: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = httpRequest(`${at.baseUrl}/healthz`, { headers: { host } }, (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  request.on("error", reject).end();
  return promise;
}

test("a development start is called by its machine's names and the configured ones alone, a production one by any", async () => {
  const statuses = async (at: TestApi, hosts: string[]) => Promise.all(hosts.map((host) => statusFor(at, host)));
  const own = ["localhost", "LOCALHOST:8080", "127.0.0.1", "[::1]:8080", "shop.localhost:1", "api:8080"];
  assert.equal(
    await statuses(api, own),
    own.map(() => 200),
  );
  assert.equal(
    await statuses(api, ["evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example"]),
    [421, 421, 421, 421],
  );
  assert.equal(await statuses(open, ["shop.example", "evil.example"]), [200, 421]);
  const behind = await startTestApi({ TRUSTED_PROXIES: "127.0.0.1" });
  assert.is(await statusFor(behind, "shop.example"), 200);
  await behind.stop();
  const next = () => undefined;
  for (const unhindered of [{ production: true }, { host: "0.0.0.0" }])
    assert.is(withHostCheck(next, { ...api.config, ...unhindered }), next);
  assert.is.not(withHostCheck(next, { ...api.config, host: "::1" }), next);
});

test("without configuration no page of another origin may read anything", async () => {
  const headers = { origin: ORIGIN, "access-control-request-method": "POST" };
  for (const answer of [
    await fetch(`${api.baseUrl}${LIST}`, { ...JSON_CALL, headers: { ...JSON_CALL.headers, origin: ORIGIN } }),
    await fetch(`${api.baseUrl}${LIST}`, { method: "OPTIONS", headers }),
  ]) {
    assert.equal(
      [...answer.headers.keys()].filter((name) => name.startsWith("access-control")),
      [],
    );
  }
});

test("a page of a configured origin may call, and may read what it needs", async () => {
  const wanted = [
    "authorization",
    "content-type",
    "connect-protocol-version",
    "connect-timeout-ms",
    "x-request-id",
    "x-grpc-web",
    "grpc-timeout",
    "traceparent",
    "tracestate",
    "baggage",
  ];
  const preflight = await fetch(`${open.baseUrl}${LIST}`, {
    method: "OPTIONS",
    headers: {
      origin: ORIGIN,
      "access-control-request-method": "POST",
      "access-control-request-headers": wanted.join(","),
    },
  });
  assert.is(preflight.status, 204);
  assert.is(preflight.headers.get("access-control-allow-origin"), ORIGIN);
  assert.is(preflight.headers.get("access-control-allow-methods"), "GET, HEAD, POST");
  const allowed = preflight.headers.get("access-control-allow-headers")?.split(", ") ?? [];
  assert.equal(
    wanted.filter((name) => !allowed.includes(name)),
    [],
  );

  const answer = await fetch(`${open.baseUrl}${LIST}`, {
    ...JSON_CALL,
    headers: { ...JSON_CALL.headers, origin: ORIGIN },
  });
  assert.is(answer.status, 200);
  assert.is(answer.headers.get("access-control-allow-origin"), ORIGIN);
  assert.is(answer.headers.get("access-control-allow-credentials"), null, "there are no cookies");
  assert.match(answer.headers.get("access-control-expose-headers") ?? "", /x-request-id.*ratelimit-reset/);
  assert.is(answer.headers.get("vary"), "origin");
});

test("another origin is not named, also when it looks alike", async () => {
  for (const origin of ["https://shop.example.evil.example", "http://shop.example", "https://SHOP.example", "null"]) {
    const answer = await fetch(`${open.baseUrl}${LIST}`, { ...JSON_CALL, headers: { ...JSON_CALL.headers, origin } });
    assert.is(answer.headers.get("access-control-allow-origin"), null, origin);
  }
});

/** The answer of HTTP/1.1 to headers as they stand. */
function answerTo(headers: string[]): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const request = httpRequest(`${api.baseUrl}${LIST}`, {
    method: "POST",
    headers: ["host", "localhost", "content-type", "application/json", ...headers],
  });
  request.on("error", reject).on("response", (response) => {
    let body = "";
    response.setEncoding("utf8").on("data", (text: string) => (body += text));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
  });
  request.end("{}");
  return promise;
}

interface Http2Options {
  url: string;
  contentType: string;
  headers: string[];
}

function answerOfHttp2({ url, contentType, headers }: Http2Options): Promise<IncomingHttpHeaders> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders>();
  // Not in @types/node yet: without it Node's client refuses to send a header twice.
  const options = { ca: readFileSync(certFile), strictSingleValueFields: false };
  const session = http2Connect(url, options);
  session.on("error", reject);
  const stream = session.request([
    ":method",
    "POST",
    ":path",
    LIST,
    "content-type",
    contentType,
    "te",
    "trailers",
    ...headers,
  ] as never);
  const all: IncomingHttpHeaders = {};
  stream.on("response", (head) => Object.assign(all, head));
  stream.on("trailers", (trailers) => Object.assign(all, trailers));
  stream.on("error", reject).on("close", () => {
    session.close();
    resolve(all);
  });
  stream.resume();
  stream.end(contentType === "application/json" ? "{}" : Buffer.alloc(5));
  return promise;
}

test("two authorization headers are refused, by HTTP/1.1, HTTP/2 and gRPC, though one of them is good", async () => {
  const { token } = await api.signUp("CUSTOMER");
  const good = ["authorization", `Bearer ${token}`];
  const forged = ["authorization", "Bearer forged"];
  assert.is((await answerTo(good)).status, 200);
  for (const headers of [
    [...good, ...forged],
    [...forged, ...good],
    [...good, ...good],
  ]) {
    const { status, body } = await answerTo(headers);
    assert.is(status, 401);
    assert.match(body, /once/);
    assert.is(
      (
        await answerOfHttp2({
          url: secure.baseUrl.replace("http:", "https:"),
          contentType: "application/json",
          headers,
        })
      )[":status"],
      401,
    );
    assert.is(
      (await answerOfHttp2({ url: `http://${api.grpcAddress}`, contentType: "application/grpc", headers }))[
        "grpc-status"
      ],
      "16",
    );
    assert.is(
      (await answerOfHttp2({ url: `https://${secure.grpcAddress}`, contentType: "application/grpc", headers }))[
        "grpc-status"
      ],
      "16",
    );
  }
  assert.is(
    (await answerOfHttp2({ url: `http://${api.grpcAddress}`, contentType: "application/grpc", headers: good }))[
      "grpc-status"
    ],
    "0",
  );
});

test("a megabyte of headers is refused by both ports, and the servers go on", async () => {
  const huge = ["x-huge", "x".repeat(1024 * 1024)];
  const outcome = await answerTo(huge).catch((error: unknown) => error);
  assert.ok(outcome instanceof Error || (outcome as { status: number }).status === 431, JSON.stringify(outcome));
  const byGrpc = await answerOfHttp2({
    url: `http://${api.grpcAddress}`,
    contentType: "application/grpc",
    headers: huge,
  }).catch((error: unknown) => error);
  assert.ok(byGrpc instanceof Error || (byGrpc as IncomingHttpHeaders)["grpc-status"] !== "0");
  assert.equal((await api.clients().catalog.listCategories({ pageSize: 1 })).categories.length <= 1, true);
  await api.clients({ transport: api.grpc }).catalog.listCategories({});
});

test("with TLS both ports agree on their protocols by ALPN, and PORT asks for nothing but TLS", async () => {
  const ca = readFileSync(certFile);
  const agreed = (port: number, protocols: string[]) =>
    new Promise<string | false | null>((resolve, reject) => {
      const socket = tlsConnect({ host: "127.0.0.1", port, ca, ALPNProtocols: protocols }, () => {
        resolve(socket.alpnProtocol);
        socket.destroy();
      });
      socket.on("error", reject);
    });
  const port = Number(new URL(secure.baseUrl).port);
  assert.is(await agreed(port, ["h2", "http/1.1"]), "h2");
  assert.is(await agreed(port, ["http/1.1"]), "http/1.1");
  assert.is(await agreed(Number(secure.grpcAddress.split(":")[1]), ["h2"]), "h2");
  const answer = await answerOfHttp2({
    url: secure.baseUrl.replace("http:", "https:"),
    contentType: "application/json",
    headers: [],
  });
  assert.is(answer[":status"], 200);
  assert.match(String(answer["strict-transport-security"]), /^max-age=\d{8}/);
});

test.run();
