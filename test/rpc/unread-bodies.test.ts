/**
 * Bodies of those who may not call: refused by the headers, at once and in the same words, with nothing of them kept.
 *
 * Method: headers whose body never comes, or never ends, by every protocol that a stranger may speak on both ports. The
 * answer must come all the same, the account of bodies stay empty, and the stream be over.
 */
import { connect, type ClientHttp2Session, constants, type OutgoingHttpHeaders } from "node:http2";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bodyBudget } from "../../src/rpc/bodies/body-budget.ts";
import { startTestApi, type TestApi, type TestUser } from "../support/api.ts";
import { type RawConnection, rawConnection } from "../support/raw-http.ts";
import { eventually } from "../support/until.ts";

const GET_CART = "/bodega.cart.v1.CartService/GetCart";
const UPLOAD = "/bodega.catalog.v1.CatalogService/UploadProductImage";
const LOGIN = "/bodega.identity.v1.IdentityService/Login";
const WATCH = "/bodega.order.v1.OrderService/WatchOrders";
const MIB = 1024 * 1024;

let api: TestApi;
let customer: TestUser;
const sessions: ClientHttp2Session[] = [];
const connections: RawConnection[] = [];

test.before(async () => {
  api = await startTestApi();
  customer = await api.signUp("CUSTOMER");
});
test.after(async () => {
  for (const session of sessions) session.destroy();
  for (const { socket } of connections) socket.destroy();
  await api.stop();
});

interface Unfinished {
  /** The answer as text: status, headers, body and trailers. */
  answer: Promise<string>;
  /** HTTP/2's error code with which the stream ends. */
  over: Promise<number | undefined>;
  /** Sends some more of the body. */
  send(bytes: number): void;
}

function sessionTo(url: string): ClientHttp2Session {
  const session = connect(url).on("error", () => undefined);
  sessions.push(session);
  return session;
}

/** A request whose body does not end. */
function begin(session: ClientHttp2Session, path: string, headers: OutgoingHttpHeaders): Unfinished {
  const stream = session.request(
    { ":method": "POST", ":path": path, te: "trailers", ...headers },
    { endStream: false },
  );
  const answered = Promise.withResolvers<string>();
  const over = Promise.withResolvers<number | undefined>();
  let said = "";
  const hear = (head: object): void => {
    said += JSON.stringify(head);
  };
  stream
    .on("response", hear)
    .on("trailers", hear)
    .on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
  stream.on("end", () => answered.resolve(said));
  stream.once("close", () => over.resolve(stream.rstCode));
  return { answer: answered.promise, over: over.promise, send: (bytes) => void stream.write(Buffer.alloc(bytes)) };
}

const port = (): string => api.baseUrl;
const grpcPort = (): string => `http://${api.grpcAddress}`;
const unary: [url: () => string, contentType: string][] = [
  [port, "application/json"],
  [port, "application/proto"],
  [port, "application/grpc-web+proto"],
  [port, "application/grpc"],
  [grpcPort, "application/grpc"],
];
const streams: typeof unary = [
  [port, "application/connect+json"],
  [port, "application/grpc-web+proto"],
  [port, "application/grpc"],
  [grpcPort, "application/grpc"],
];

/** What it says in whichever protocol: in Connect as it is, in gRPC's message with some signs in percent. */
function tells(answer: string, sentence: string): void {
  const plain = answer.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  assert.ok(plain.includes(sentence), answer);
  assert.match(answer, /"x-request-id":/);
}

const NOT_SIGNED_IN = "Sign in first: send `authorization: Bearer <access token>`.";
const INVALID_TOKEN = "The access token is not valid, or no longer. Sign in again.";
const ACCESS_DENIED = "Your role may not do this.";

for (const [path, ways] of [
  [GET_CART, unary],
  [WATCH, streams],
] as const) {
  for (const [url, contentType] of ways) {
    test(`a body that never comes is not waited for when its sender did not sign in: ${path} as ${contentType} on ${url === port ? "PORT" : "GRPC_PORT"}`, async () => {
      const { answer, over } = begin(sessionTo(url()), path, { "content-type": contentType });
      tells(await answer, NOT_SIGNED_IN);
      assert.is(await over, constants.NGHTTP2_NO_ERROR);
    });
  }
}

test("a token that is none, forged, or of the wrong role is told before the body too, in the same words", async () => {
  const wrong: [authorization: string, sentence: string][] = [
    ["Basic YTpi", "The authorization header must be `Bearer <access token>`, once."],
    [`Bearer ${customer.token.slice(0, -6)}AAAAAA`, INVALID_TOKEN],
    [`Bearer bodega_sk_${"x".repeat(43)}`, INVALID_TOKEN],
    [`Bearer ${customer.token}`, ACCESS_DENIED],
  ];
  for (const [url, contentType] of unary) {
    for (const [authorization, sentence] of wrong) {
      const { answer } = begin(sessionTo(url()), UPLOAD, { "content-type": contentType, authorization });
      tells(await answer, sentence);
    }
  }
});

test("a length that an RPC does not take is told by the headers, before anybody asks who sends it, on both ports", async () => {
  for (const [url, contentType] of unary) {
    for (const [path, largest] of [
      [GET_CART, 256 * 1024],
      [LOGIN, 256 * 1024],
      [UPLOAD, 8 * MIB],
    ] as const) {
      const { answer } = begin(sessionTo(url()), path, {
        "content-type": contentType,
        "content-length": String(largest + 6),
      });
      tells(await answer, `This request may have at most ${largest} bytes.`);
    }
  }
});

test("eight MiB of two hundred strangers on one connection leave nothing in the account of bodies, and their streams are over", async () => {
  for (const url of [port(), grpcPort()]) {
    const session = sessionTo(url);
    const contentType = url === port() ? "application/json" : "application/grpc";
    const strangers = Array.from({ length: 200 }, () => begin(session, UPLOAD, { "content-type": contentType }));
    for (const { send } of strangers) send(40_000);
    // A connection has a hundred streams at once: the second hundred needs the first to be over.
    for (const { answer } of strangers) tells(await answer, NOT_SIGNED_IN);
    assert.is(bodyBudget.underWay.bytes, 0, url);
    await eventually("none is under way", async () => bodyBudget.underWay.count === 0 || undefined);
  }
});

test("who may call is read to the end, however slowly it comes", async () => {
  const { socket, until } = await raw();
  const body = JSON.stringify({ storeId: "" });
  const head = `POST ${GET_CART} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${customer.token}\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head);
  await eventually("it is under way", async () => bodyBudget.underWay.count === 1 || undefined);
  socket.write(body.slice(0, 5));
  await eventually("a part is kept", async () => bodyBudget.underWay.bytes === 5 || undefined);
  socket.write(body.slice(5));
  assert.match(await until(/\r\n\r\n\{/), /^HTTP\/1\.1 200 /);
  assert.equal(bodyBudget.underWay, { count: 0, bytes: 0 });
});

test("by HTTP/1.1 a stranger is answered before the body, and the connection goes on behind it", async () => {
  const { socket, until } = await raw();
  const half = 100_000;
  socket.write(
    `POST ${GET_CART} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${2 * half}\r\n\r\n`,
  );
  const answer = await until(/unauthenticated/);
  assert.match(answer, /^HTTP\/1\.1 401 /);
  assert.not.match(answer, /connection: close/i);
  socket.write(Buffer.alloc(2 * half, " "));
  socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  assert.match(await until(/alive\n/), /HTTP\/1\.1 200 OK/);
  assert.is(bodyBudget.underWay.count, 0);
});

async function raw(): Promise<RawConnection> {
  const made = await rawConnection(Number(new URL(api.baseUrl).port));
  connections.push(made);
  return made;
}

test.run();
