/** Requests whose heads no client would send: by HTTP/2 on both ports, and by HTTP/1.1 on PORT. */
import { inEnvelope } from "../../../src/rpc/http/protocols/framing.ts";
import { opening } from "../../support/http2-frames.ts";
import { fc } from "../../support/seed.ts";
import type { Shot } from "./exchange.ts";
import { type Header, requestFrames } from "./http2.ts";
import { contentType, headers, host, isEndless, method, path, scheme } from "./words.ts";

const BODIES = {
  none: Buffer.alloc(0),
  "{}": Buffer.from("{}"),
  "an empty message": Buffer.from(inEnvelope(0, new Uint8Array(0))),
  nonsense: Buffer.from([0xff, 0, 0x80, 0x0a, 0x7f, 1, 2, 3]),
};
const body = fc.constantFrom<keyof typeof BODIES>("none", "{}", "an empty message", "nonsense");
const port = fc.constantFrom<Shot["port"]>("PORT", "PORT", "GRPC_PORT");
/** Hardly ever, since nothing else is looked at then. */
const further = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Header[]>([]) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<Header[]>(
      [[":method", "GET"]],
      [[":path", "/"]],
      [[":authority", "a"]],
      [[":scheme", "http"]],
      [[":status", "200"]],
      [[":protocol", "websocket"]],
      [[":constructor", "x"]],
      [[":", ""]],
    ),
  },
);

/** One in so many pseudo-headers is left out. */
function mostly(name: string, value: fc.Arbitrary<string>): fc.Arbitrary<Header[]> {
  return fc.oneof(
    { weight: 20, arbitrary: value.map((text): Header[] => [[name, text]]) },
    { weight: 1, arbitrary: fc.constant<Header[]>([]) },
  );
}

const pseudo = fc
  .tuple(
    mostly(":method", method),
    mostly(":path", path),
    mostly(":scheme", scheme),
    mostly(":authority", host),
    further,
  )
  .map((parts) => parts.flat());
const rest = fc
  .tuple(contentType, fc.constantFrom(true, true, true, false), headers)
  .map(([type, asGrpc, more]): Header[] => [
    ...(type === "" ? [] : [["content-type", type] as const]),
    ...(asGrpc ? [["te", "trailers"] as const] : []),
    ...more,
  ]);

export const headsOfHttp2: fc.Arbitrary<Shot> = fc
  .record({ port, pseudo, rest, body })
  .map(({ port, pseudo, rest, body }) => {
    const all = [...pseudo, ...rest];
    return {
      text: `${JSON.stringify(all).slice(0, 1_000)} and ${body}`,
      port,
      http2: true,
      whole: !all.some(([, value]) => isEndless(value)),
      bytes: () => Buffer.concat([opening(), requestFrames(1, all, BODIES[body])]),
    };
  });

const version = fc.oneof(
  { weight: 8, arbitrary: fc.constant("HTTP/1.1") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "HTTP/1.0",
      "HTTP/0.9",
      "HTTP/2.0",
      "HTTP/9.9",
      "",
      "constructor",
      "http/1.1",
      "HTTP/1.1 x",
    ),
  },
);
/** What of a head may end otherwise; whoever reads it may wait for more. */
const lineEnd = fc.oneof(
  { weight: 8, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r", "\r\n ", "\u0000\r\n") },
);

export const headsOfHttp1: fc.Arbitrary<Shot> = fc
  .record({ port, method, path, version, host, contentType, headers, lineEnd, body })
  .map(({ port, method, path, version, host, contentType, headers, lineEnd, body }) => {
    const fields: Header[] = [
      ["host", host],
      ["content-type", contentType],
      ["content-length", String(BODIES[body].length)],
      ...headers,
      ["connection", "close"],
    ];
    const head = [`${method} ${path} ${version}`, ...fields.map(([name, value]) => `${name}: ${value}`)].join(lineEnd);
    return {
      text: `${JSON.stringify(head).slice(0, 1_000)} and ${body}`,
      port,
      http2: false,
      whole: false,
      bytes: () => Buffer.concat([Buffer.from(`${head}\r\n\r\n`, "latin1"), BODIES[body]]),
    };
  });
