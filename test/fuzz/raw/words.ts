/** Words for places where a method, path, host or header is expected: such that JavaScript knows, and such that nobody does. */
import { pathOf } from "../../../src/rpc/call.ts";
import { rpcs } from "../../support/contract.ts";
import { fc } from "../../support/seed.ts";
import type { Header } from "./http2.ts";

const OF_JAVASCRIPT = ["constructor", "toString", "__proto__", "hasOwnProperty", "valueOf", "prototype", "then"];
/** Whoever asks there is told what changes for as long as he stays. */
export function isEndless(path: string): boolean {
  return path.includes("/grpc.health.v1.Health/Watch");
}
const HEALTH = ["Check", "Watch", "List"].map((rpc) => `/grpc.health.v1.Health/${rpc}`);
export const REFLECTION = ["v1", "v1alpha"].map(
  (version) => `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`,
);
export const PAGES = [
  "/",
  "/healthz",
  "/readyz",
  "/docs",
  "/openapi.json",
  "/.well-known/jwks.json",
  "/console",
  "/console/",
  "/console/index.html",
  "/console/session",
  "/console/session/refresh",
  "/media/a.png",
  "/media/",
  "/docs/errors/NOT_FOUND",
];
const RPCS = rpcs.map(pathOf);
/** Whatever answers something. */
export const PLACES = [...PAGES, ...RPCS, ...HEALTH, ...REFLECTION];

const METHODS = [
  "GET",
  "POST",
  "HEAD",
  "DELETE",
  "OPTIONS",
  "PUT",
  "TRACE",
  "CONNECT",
  "PRI",
  "get",
  "Post",
  "",
  " ",
  "GET ",
  "G\u0000T",
  "GET\r\nx: y",
  "ü",
  "X".repeat(300),
  "X".repeat(20_000),
];
const BEHIND_PATHS = [
  "?",
  "?connect=v1&encoding=json&message=%7B%7D",
  "?encoding=constructor&message=x",
  "?message=%ff&encoding=json",
  "#x",
  "/",
  "//",
  "/..",
  "/%2e%2e/%2e%2e/etc/passwd",
  "%00",
  "%",
  "%ff%fe",
  "\u0000",
  "é",
  ";x=y",
  "?".repeat(5_000),
];
const ODD_PATHS = [
  "",
  "*",
  "//",
  "///a",
  "/\u0000",
  "/%00",
  "/%",
  "/..",
  "/../../etc/passwd",
  "?x",
  "#",
  "healthz",
  "http://a/healthz",
  "http://[/healthz",
  "http:///",
  "https://a:99999/",
  "http://a",
  "/a".repeat(4_000),
  `/${"a".repeat(15_000)}`,
  "\ud800",
  "/\u202e",
];
const SCHEMES = ["http", "https", "", "ftp", "constructor", "http://", "\u0000", "x".repeat(2_000)];
const HOSTS = [
  "localhost",
  "",
  "[",
  "[::1]",
  "a b",
  "user:word@host",
  "host:99999",
  "host:x",
  "\u0000",
  "é",
  "__proto__",
  "..",
  "x".repeat(5_000),
];

const CONTENT_TYPES = [
  "application/json",
  "application/proto",
  "application/grpc",
  "application/grpc+proto",
  "application/grpc+json",
  "application/grpc-web+proto",
  "application/grpc-web-text",
  "application/connect+json",
  "application/connect+proto",
  "application/constructor",
  "application/grpc+__proto__",
  "application/json; charset=constructor",
  "",
  "/",
  "application/json, application/proto",
  "text/html",
];
const VALUES = [
  "",
  "0",
  "-1",
  "1e9",
  "NaN",
  "99999999999999999999",
  "x",
  "*",
  ",",
  ", ,",
  '"',
  "a\u0000b",
  "a\r\nb: c",
  " x ",
  "é",
  "\u00ff",
  "x".repeat(3_000),
  ...OF_JAVASCRIPT,
];
/** Those that somebody reads, and those that HTTP/2 forbids. */
const NAMES = [
  "authorization",
  "cookie",
  "origin",
  "host",
  "range",
  "if-none-match",
  "if-modified-since",
  "accept-encoding",
  "content-encoding",
  "content-length",
  "expect",
  "traceparent",
  "tracestate",
  "baggage",
  "x-forwarded-for",
  "x-forwarded-proto",
  "forwarded",
  "x-request-id",
  "sec-fetch-site",
  "access-control-request-method",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connect-content-encoding",
  "grpc-timeout",
  "grpc-encoding",
  "grpc-accept-encoding",
  "grpc-status",
  "grpc-status-details-bin",
  "x-bin",
  "te",
  "user-agent",
  "connection",
  "keep-alive",
  "upgrade",
  "transfer-encoding",
  "proxy-connection",
  "http2-settings",
  "",
  ":",
  ":status",
  "Upper",
  "two words",
  "a\u0000",
  "a:b",
  ...OF_JAVASCRIPT,
];
const LIKELY: Header[] = [
  ["te", "gzip"],
  ["connection", "close"],
  ["connection", "upgrade, http2-settings"],
  ["upgrade", "h2c"],
  ["upgrade", "websocket"],
  ["transfer-encoding", "chunked"],
  ["expect", "100-continue"],
  ["expect", "200-ok"],
  ["grpc-timeout", "1n"],
  ["grpc-timeout", "99999999H"],
  ["connect-timeout-ms", "0"],
  ["connect-timeout-ms", "9999999999"],
  ["grpc-encoding", "gzip"],
  ["content-encoding", "gzip"],
  ["accept-encoding", "gzip;q=x, br;q=9"],
  ["authorization", "Bearer"],
  ["authorization", "Bearer a.b.c"],
  ["authorization", "Bearer eyJhbGciOiJub25lIn0.e30."],
  ["authorization", "Bearer bdg_x"],
  ["cookie", "bodega-refresh=x; bodega-refresh=y"],
  ["cookie", "=;;=;".repeat(500)],
  ["range", "bytes=0-0,1-1,2-"],
  ["range", "bytes=9-1"],
  ["if-none-match", 'W/"x", *'],
  ["if-none-match", '"'.repeat(3_000)],
  ["origin", "null"],
  ["sec-fetch-site", "cross-site"],
  ["sec-fetch-site", "same-origin"],
  ["x-forwarded-for", "1,".repeat(1_000)],
  ["traceparent", "00-00000000000000000000000000000000-0000000000000000-00"],
  ["content-length", "5"],
  ["content-length", "99999999"],
];

export const method = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("GET", "POST") },
  { weight: 3, arbitrary: fc.constantFrom(...METHODS) },
  { weight: 1, arbitrary: fc.constantFrom(...OF_JAVASCRIPT) },
);
const place = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...PAGES) },
  { weight: 2, arbitrary: fc.constantFrom(...HEALTH, ...REFLECTION) },
  { weight: 2, arbitrary: fc.constantFrom(...RPCS) },
);
export const path = fc.oneof(
  { weight: 5, arbitrary: place },
  { weight: 3, arbitrary: fc.tuple(place, fc.constantFrom(...BEHIND_PATHS)).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_PATHS) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("/", "/media/", "/docs/errors/", "/bodega.order.v1.OrderService/", "/console/"),
        fc.constantFrom(...OF_JAVASCRIPT),
      )
      .map((parts) => parts.join("")),
  },
);
export const scheme = fc.oneof(
  { weight: 3, arbitrary: fc.constant("http") },
  { weight: 1, arbitrary: fc.constantFrom(...SCHEMES) },
);
export const host = fc.oneof(
  { weight: 3, arbitrary: fc.constant("localhost") },
  { weight: 1, arbitrary: fc.constantFrom(...HOSTS) },
);
export const contentType = fc.constantFrom(...CONTENT_TYPES);
/** Of any kind: most are let through, so that something looks at the rest. */
export const headers: fc.Arbitrary<Header[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...LIKELY) },
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES)) },
  ),
  { maxLength: 3 },
);
