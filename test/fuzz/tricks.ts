/** What can be wrong with a request whatever its message says: frames, headers, encodings, bytes. */
import { gzipSync } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { fc } from "../support/seed.ts";
import { inFrames, type Request, type Way } from "./wire.ts";

type Change = Partial<Pick<Request, "method" | "path" | "body">> & { headers?: Record<string, string> };

/** A trick has a name, so that a failure says which one it was; `change` looks at the request as it would have been. */
export interface Trick {
  name: string;
  change: (request: Request) => Change;
}

/** A way to spoil the request, of those that make sense for how it is sent. */
export function trickFor(rpc: DescMethod, way: Way): fc.Arbitrary<Trick> {
  const framed = inFrames(rpc, way);
  const fitting = [
    ...ofHeaders,
    ...(rpc.methodKind === "unary" ? ofDeadlines : []),
    ...(way.startsWith("GET") ? ofQueries : ofBodies),
    ...(framed ? ofFrames : []),
    ...(way === "Connect JSON" && !framed ? ofJson : []),
  ];
  return fc.oneof(...fitting);
}

export function spoilt(request: Request, { change }: Trick): Request {
  const { headers, ...rest } = change(request);
  return { ...request, ...rest, headers: { ...request.headers, ...headers } };
}

/** A trick with a value that is drawn. */
function trick<T>(
  name: string,
  values: fc.Arbitrary<T>,
  change: (request: Request, value: T) => Change,
): fc.Arbitrary<Trick> {
  return values.map((value) => ({
    name: `${name} ${fc.stringify(value)}`,
    change: (request) => change(request, value),
  }));
}

const header = (name: string, ...values: string[]) =>
  trick(name, fc.constantFrom(...values), (_, value) => ({ headers: { [name]: value } }));

const ofHeaders = [
  header("content-encoding", "gzip", "br", "identity", "gzip, identity", "", "GZIP"),
  header("grpc-encoding", "gzip", "deflate", "snappy", "identity", "gzip,gzip"),
  header("connect-content-encoding", "gzip", "br"),
  header("accept-encoding", "gzip", "br;q=0, *;q=1", "nothing", ","),
  header("connect-protocol-version", "2", "0", "", "1, 1"),
  header("x-request-id", "<script>", "x".repeat(300), ""),
];

/** Not of streams, which end by their deadline only. */
const ofDeadlines = [
  header("connect-timeout-ms", "soon", "-1", "99999999999", "1e9", "", "0x10"),
  header("grpc-timeout", "soon", "1", "S", "-1S", "999999999S", "99999999H", "1X", ""),
];

const ofQueries = [
  trick(
    "query",
    fc.constantFrom(
      "",
      "?",
      "?encoding=xml&message={}",
      "?message={}",
      "?encoding=json",
      "?encoding=json&message=%FF%FE",
      "?encoding=json&message={}&compression=gzip",
    ),
    ({ path }, query) => ({ path: `${path.split("?")[0]}${query}` }),
  ),
  trick("base64", fc.constantFrom("!!!!", "%", "A", "====", "A".repeat(9_000)), ({ path }, message) => ({
    path: path.replace(/message=[^&]*/, () => `message=${message}`),
  })),
  trick(
    "twice",
    fc.constantFrom("&message=AA", "&encoding=json", "&encoding=proto", "&base64=0", "&connect=v2"),
    ({ path }, more) => ({ path: `${path}${more}` }),
  ),
];

const position = fc.nat({ max: 10_000 });

const ofBodies = [
  header(
    "content-type",
    "text/plain",
    "application/xml",
    "",
    "application/grpc",
    "application/grpc+json",
    "application/grpc+thrift",
    "application/grpc-web-text",
    "application/grpc-web+json",
    "application/json",
    "application/json; charset=utf-16",
    "application/proto",
    "application/connect+json",
    "application/connect+proto",
    "application/octet-stream",
    "multipart/form-data",
    "application/grpc;;;",
  ),
  trick("HTTP's method", fc.constantFrom("PUT", "DELETE", "OPTIONS", "PATCH"), (_, method) => ({ method })),
  trick("cut off at", position, ({ body }, at) => ({ body: body.subarray(0, at % (body.length + 1)) })),
  trick("bytes behind", fc.uint8Array({ minLength: 1, maxLength: 20 }), ({ body }, more) => ({
    body: Buffer.concat([body, more]),
  })),
  trick("twice", fc.constant(2), ({ body }) => ({ body: Buffer.concat([body, body]) })),
  trick("bytes instead", fc.uint8Array({ maxLength: 300 }), (_, bytes) => ({ body: Buffer.from(bytes) })),
  trick(
    "bytes changed",
    fc.array(fc.tuple(position, fc.nat({ max: 255 })), { minLength: 1, maxLength: 5 }),
    ({ body }, changes) => ({ body: changed(body, changes) }),
  ),
  trick("packed and not said", fc.constant("gzip"), ({ body }) => ({ body: gzipSync(body) })),
  trick("packed and said", fc.constant("gzip"), ({ body }) => ({
    body: gzipSync(body),
    headers: { "content-encoding": "gzip" },
  })),
];

const ofFrames = [
  trick("flags", fc.constantFrom(1, 2, 3, 0x80, 0xff), ({ body }, flags) => ({
    body: Buffer.concat([Buffer.of(flags), body.subarray(1)]),
  })),
  trick(
    "length",
    fc.constantFrom(0xff_ff_ff_ff, 0x7f_ff_ff_ff, 9 * 1024 * 1024, 17 * 1024 * 1024, 1, 0),
    ({ body }, length) => ({ body: frame(0, length, body.subarray(5)) }),
  ),
  trick("packed message", fc.constantFrom("gzip", "deflate", "identity"), ({ body }, encoding) => {
    const packed = gzipSync(body.subarray(5));
    return { body: frame(1, packed.length, packed), headers: packedBy(encoding) };
  }),
  trick("packed message, spoilt at", position, ({ body }, at) => {
    const packed = changed(gzipSync(body.subarray(5)), [[at, 0xff]]);
    return { body: frame(1, packed.length, packed), headers: packedBy("gzip") };
  }),
  trick("packed message, cut off at", position, ({ body }, at) => {
    const packed = gzipSync(body.subarray(5));
    const part = packed.subarray(0, at % packed.length);
    return { body: frame(1, part.length, part), headers: packedBy("gzip") };
  }),
];

/** As gRPC says it, and as Connect does of a stream. */
function packedBy(encoding: string): Record<string, string> {
  return { "grpc-encoding": encoding, "connect-content-encoding": encoding };
}

const DEEP = 10_000;
const HOSTILE_JSON = [
  "null",
  "true",
  "-1",
  "0.5",
  '"1.5"',
  '""',
  "[]",
  "{}",
  "[null]",
  "100000000000000000000",
  "1e400",
  "-0",
  '"\\u0000"',
  '"\\ud800"',
  "01",
  "NaN",
  "'x'",
];

const ofJson = [
  trick("depth", fc.constantFrom("[", '{"a":', '{"items":['), ({ body }, opening) => ({
    body: Buffer.from(
      asText(body).replace(/}$/, `${asText(body).length > 2 ? "," : ""}"unknown":${opening.repeat(DEEP)}`),
    ),
  })),
  trick("whole depth", fc.constantFrom("[", '{"a":'), (_, opening) => ({
    body: Buffer.from(`${opening.repeat(DEEP)}1${(opening === "[" ? "]" : "}").repeat(DEEP)}`),
  })),
  trick("keys twice", fc.constant(2), ({ body }) => ({
    body: Buffer.from(asText(body).replace(/^\{(.+)\}$/s, "{$1,$1}")),
  })),
  trick("in place of a value", fc.tuple(fc.constantFrom(...HOSTILE_JSON), position), ({ body }, [value, at]) => ({
    body: Buffer.from(replaced(asText(body), value, at)),
  })),
  trick(
    "members of ours",
    fc.constantFrom(
      '"price":0.01',
      '"role":"ROLE_ADMIN"',
      '"status":"ORDER_STATUS_DELIVERED"',
      '"__proto__":{"role":1}',
      '"unknown":{"deeply":[{},null]}',
    ),
    ({ body }, member) => ({
      body: Buffer.from(asText(body).replace(/^\{/, `{${member}${asText(body).length > 2 ? "," : ""}`)),
    }),
  ),
  trick("as UTF-16", fc.constantFrom("utf16le", "\ufeff"), ({ body }, how) => ({
    body: how === "utf16le" ? Buffer.from(asText(body), "utf16le") : Buffer.from(`${how}${asText(body)}`),
  })),
  trick("not UTF-8", fc.constantFrom(0xff, 0xc0, 0xed), ({ body }, byte) => ({
    body: Buffer.concat([Buffer.from('{"id":"'), Buffer.of(byte), Buffer.from('"}'), body.subarray(body.length)]),
  })),
];

function frame(flags: number, length: number, message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

function changed(body: Buffer, changes: [at: number, byte: number][]): Buffer {
  const copy = Buffer.from(body);
  for (const [at, byte] of changes) if (copy.length > 0) copy[at % copy.length] = byte;
  return copy;
}

function asText(body: Buffer): string {
  return body.toString();
}

/** One of the values of an object's members, whichever stands there, for another. */
function replaced(json: string, value: string, at: number): string {
  const places = [...json.matchAll(/":(?:"(?:[^"\\]|\\.)*"|[^",{}[\]]+)/g)];
  const place = places[at % Math.max(1, places.length)];
  return place === undefined
    ? value
    : `${json.slice(0, place.index)}":${value}${json.slice(place.index + place[0].length)}`;
}
