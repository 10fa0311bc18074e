/** PORT as HTTP: which protocol a connection speaks, the plain pages, and what is told to whoever asks wrongly. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { startTestApi, type TestApi } from "../support/api.ts";
import { type RawConnection, rawConnection, writeSlowly } from "../support/raw-http.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** A SETTINGS frame without settings (RFC 9113, 6.5): nine bytes, of which the fourth is its type. */
const SETTINGS = "\0\0\0\x04\0\0\0\0\0";
const LIST_STORES = "/bodega.inventory.v1.InventoryService/ListStores";
const PLACE_ORDER = "/bodega.order.v1.OrderService/PlaceOrder";
const TELLTALE = /at .*\.[jt]s|node_modules|\/src\/|127\.0\.0\.1|localhost|Error:/;

let api: TestApi;
let port: number;
const open: RawConnection[] = [];

test.before(async () => {
  api = await startTestApi();
  port = Number(new URL(api.baseUrl).port);
});
test.after(async () => {
  for (const { socket } of open) socket.destroy();
  await api.stop();
});

async function connection(): Promise<RawConnection> {
  const made = await rawConnection(port);
  open.push(made);
  return made;
}

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${api.baseUrl}${path}`, init);
}

function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return get(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body });
}

test("a request of HTTP/1.1 that comes byte by byte is answered", async () => {
  const { socket, until } = await connection();
  await writeSlowly(
    socket,
    `POST ${LIST_STORES} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`,
  );
  assert.match(await until(/\r\n\r\n\{/), /^HTTP\/1\.1 200 OK/);
});

test("a PUT and a POST begin like HTTP/2's PRI and are HTTP/1.1", async () => {
  const { socket, until } = await connection();
  await writeSlowly(socket, "PUT /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(await until(/\r\n\r\n/), /^HTTP\/1\.1 405 /);
});

test("HTTP/2's preface is known byte by byte, and answered by HTTP/2's settings", async () => {
  const { socket, until } = await connection();
  await writeSlowly(socket, PREFACE + SETTINGS);
  assert.is((await until(/^[^]{9}/)).charCodeAt(3), 4);
});

test("what is no HTTP is refused and closed, and harms nobody else", async () => {
  for (const garbage of [
    "hello\r\n\r\n",
    "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
    "PRIVET / HTTP/1.1\r\n\r\n",
    `${PREFACE}${"\xff".repeat(64)}`,
    "\0".repeat(100),
  ]) {
    const { socket, closed } = await connection();
    socket.write(garbage, "latin1");
    await closed;
  }
  assert.is((await get("/healthz")).status, 200);
});

test("a client that leaves after one byte harms nobody", async () => {
  for (const first of ["P", "PR", "G"]) {
    const { socket, closed } = await connection();
    socket.end(first);
    await closed;
  }
  assert.is((await get("/healthz")).status, 200);
});

test("one connection serves many requests, one after the other and several at once", async () => {
  const { socket, until } = await connection();
  const request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  socket.write(request);
  await until(/alive/);
  socket.write(request + request);
  assert.match(await until(/(alive[^]*){3}/), /(HTTP\/1\.1 200 OK[^]*){3}/);
});

test("headers without end are refused", async () => {
  const { socket, until } = await connection();
  socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
  assert.match(await until(/\r\n/), /^HTTP\/1\.1 431 /);
});

test("the pages of health, readiness and keys answer GET and HEAD", async () => {
  for (const [path, body] of [
    ["/healthz", /^alive\n$/],
    ["/readyz", /^ready\n$/],
    ["/.well-known/jwks.json", /^\{"keys":\[\{/],
    ["/healthz?why=not", /^alive\n$/],
  ] as const) {
    const answer = await get(path);
    assert.equal([answer.status, answer.headers.get("x-content-type-options")], [200, "nosniff"], path);
    assert.match(await answer.text(), body);
    const head = await get(path, { method: "HEAD" });
    assert.equal([head.status, await head.text()], [200, ""], path);
  }
});

test("the published keys are public halves alone", async () => {
  const { keys } = (await (await get("/.well-known/jwks.json")).json()) as { keys: Record<string, unknown>[] };
  assert.ok(keys.length > 0);
  for (const key of keys) assert.equal(Object.keys(key).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
});

test("wrong paths, methods and content types are told in HTTP's own words", async () => {
  const answers = [
    [await get("/nothing"), 404, undefined],
    [await post("/bodega.order.v1.OrderService/Nothing", "{}"), 404, undefined],
    [await post("/healthz", "{}"), 405, ["allow", "GET, HEAD"]],
    [await get(PLACE_ORDER), 405, ["allow", "POST"]],
    [await get(LIST_STORES, { method: "DELETE" }), 405, ["allow", "GET, HEAD, POST"]],
    [await post(PLACE_ORDER, "{}", { "content-type": "text/plain" }), 415, ["accept-post", /application\/json/]],
    [await post("/bodega.order.v1.OrderService/WatchOrders", "{}"), 415, ["accept-post", /connect\+json/]],
    [await post(PLACE_ORDER, "{}", { "content-type": "application/grpc" }), 415, undefined],
  ] as const;
  for (const [answer, status, header] of answers) {
    assert.is(answer.status, status, answer.url);
    if (header !== undefined) assert.match(answer.headers.get(header[0]) ?? "", header[1]);
    assert.not.match(await answer.text(), TELLTALE);
  }
});

test("a body that is compressed, or of another version of the protocol, is refused with a reason", async () => {
  const reason = async (answer: Response): Promise<string> =>
    /"reason":"(\w+)"|debug/.exec(await answer.clone().text())?.[1] ?? detailOf(await answer.text());
  assert.match(await reason(await post(LIST_STORES, "{}", { "content-encoding": "gzip" })), /UNKNOWN_COMPRESSION/);
  assert.match(await reason(await post(LIST_STORES, "{}", { "connect-protocol-version": "2" })), /MALFORMED_REQUEST/);
  assert.match(await reason(await post(LIST_STORES, "{}", { "connect-timeout-ms": "soon" })), /MALFORMED_REQUEST/);
  assert.match(await reason(await get(`${LIST_STORES}?encoding=json`)), /MALFORMED_REQUEST/);
  assert.match(await reason(await get(`${LIST_STORES}?encoding=xml&message={}`)), /MALFORMED_REQUEST/);
  assert.match(
    await reason(await get(`${LIST_STORES}?encoding=json&message={}&compression=gzip`)),
    /UNKNOWN_COMPRESSION/,
  );
  assert.is((await get(`${LIST_STORES}?encoding=json&base64=1&message=e30&connect=v1`)).status, 200);
});

/** ErrorInfo's bytes hold the reason as text. */
function detailOf(body: string): string {
  const { details = [] } = JSON.parse(body) as { details?: { value: string }[] };
  return details.map(({ value }) => Buffer.from(value, "base64").toString("latin1")).join(" ");
}

test("a body that says it is far too large is refused before it comes", async () => {
  const { socket, until } = await connection();
  socket.write(
    `POST ${PLACE_ORDER} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 ** 30}\r\n\r\n{`,
  );
  const answer = await until(/"reason":\s*"[A-Z_]+"|\r\n\r\n\{.*\}/s);
  assert.match(answer, /^HTTP\/1\.1 429 /);
  assert.match(answer, /connection: close/i);
});

test("a body of chunks is too large as soon as it is larger than its RPC takes, and one byte less is read", async () => {
  const chunked = (bytes: number) => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: chunksOf(bytes),
    duplex: "half" as const,
  });
  const [read, refused] = await Promise.all(
    [256 * 1024, 256 * 1024 + 1].map((bytes) => get(LIST_STORES, chunked(bytes))),
  );
  assert.is(read?.status, 200);
  assert.is(refused?.status, 429);
  assert.match((await refused?.text()) ?? "", /at most 262144 bytes/);
});

test("envelopes that are none are INVALID_ARGUMENT, in the trailers of a 200", async () => {
  const envelopes = [
    [],
    [0, 0, 0],
    [0, 0, 0, 0, 9, 1],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [2, 0, 0, 0, 0],
    [128, 0, 0, 0, 0],
    [0, 255, 255, 255, 255],
  ];
  for (const envelope of envelopes) {
    const answer = await post(LIST_STORES, Uint8Array.from(envelope), { "content-type": "application/grpc-web+proto" });
    assert.equal([answer.status, answer.headers.has("x-request-id")], [200, true]);
    assert.match(await answer.text(), /grpc-status: 3\r\n/, String(envelope));
  }
  const compressed = await post(LIST_STORES, Uint8Array.of(1, 0, 0, 0, 0), { "content-type": "application/grpc-web" });
  assert.match(await compressed.text(), /grpc-status: 12\r\n/);
});

test("no refusal tells of the inside", async () => {
  const bodies = await Promise.all(
    ["", "{", "[]", '{"storeId":{}}', '{"items":7}', "\xff\xfe", "null"].flatMap((body) =>
      [LIST_STORES, PLACE_ORDER, "/bodega.identity.v1.IdentityService/Login"].map(async (path) =>
        (await post(path, body)).text(),
      ),
    ),
  );
  assert.equal(
    bodies.filter((body) => TELLTALE.test(body)),
    [],
  );
});

/** An empty message with blanks before it, in pieces without a length. */
function chunksOf(bytes: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let left = bytes - 2; left > 0; left -= 65_536)
        controller.enqueue(new TextEncoder().encode(" ".repeat(Math.min(left, 65_536))));
      controller.enqueue(new TextEncoder().encode("{}"));
      controller.close();
    },
  });
}

test.run();
