/** Frames that are no request, or more than one: drawn one by one, and floods of each kind, small enough that one connection may bring them. */
import { DEFAULT_WINDOW, FLAG, FRAME, opening, PREFACE } from "../../support/http2-frames.ts";
import { fc } from "../../support/seed.ts";
import type { Shot } from "./exchange.ts";
import { blockOf, dataFrames, frame, type Header, headersFrames, requestFrames } from "./http2.ts";
import { PLACES } from "./words.ts";

const port = fc.constantFrom<Shot["port"]>("PORT", "GRPC_PORT");
const LIST = "/bodega.catalog.v1.CatalogService/ListProducts";

function headersOf(path: string, more: readonly Header[] = []): Header[] {
  const type = path === LIST ? "application/grpc" : "application/json";
  return [
    [":method", path === LIST ? "POST" : "GET"],
    [":path", path],
    [":scheme", "http"],
    [":authority", "localhost"],
    ["content-type", type],
    ["te", "trailers"],
    ...more,
  ];
}

const stream = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(1, 3) },
  { weight: 1, arbitrary: fc.constantFrom(0, 2, 5, 0x7f_ff_ff_ff, 0x80_00_00_01) },
);
const payload = fc.oneof(
  fc.constantFrom(
    Buffer.alloc(0),
    Buffer.alloc(4),
    Buffer.alloc(5),
    Buffer.alloc(6),
    Buffer.alloc(8),
    Buffer.alloc(8, 0xff),
    Buffer.of(0, 4, 0x7f, 0xff, 0xff, 0xff),
    Buffer.of(0, 4, 0, 0, 0, 0),
    Buffer.alloc(17_000),
  ),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom("/", LIST, "/healthz").map((path) => blockOf(headersOf(path))),
);
const one = fc.record({
  type: fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom(10, 12, 0x10, 0xff) },
  ),
  flags: fc.constantFrom(0, 1, 4, 5, 8, 0x20, 0x2d, 0xff),
  stream,
  payload,
});

/** Some behind a request that is fine, some behind half a preface. */
export const nonsenseFrames: fc.Arbitrary<Shot> = fc
  .record({
    port,
    begins: fc.constantFrom("a request", "half a request", "nothing", "half a preface"),
    frames: fc.array(one, { minLength: 1, maxLength: 12 }),
  })
  .map(({ port, begins, frames }) => ({
    text: `${begins}, then ${frames.map(({ type, flags, stream, payload }) => `${type}/${flags}/${stream}/${payload.subarray(0, 80).toString("hex")}${payload.length > 80 ? `… of ${payload.length}` : ""}`).join(" ")}`,
    port,
    http2: true,
    whole: false,
    bytes: () =>
      Buffer.concat([
        BEGINNINGS[begins]?.() ?? Buffer.alloc(0),
        ...frames.map(({ type, flags, stream, payload }) => frame(type, flags, stream, payload)),
      ]),
  }));

const BEGINNINGS: Record<string, () => Buffer> = {
  "a request": () => Buffer.concat([opening(), requestFrames(1, headersOf("/healthz"), Buffer.alloc(0))]),
  "half a request": () => Buffer.concat([opening(), headersFrames(1, headersOf(LIST), { ends: false })]),
  nothing: opening,
  "half a preface": () => PREFACE.subarray(0, 20),
};

/** So many of a kind: more than servers bear of a connection, and little enough to be a blink of work. */
const MANY = 1_000;
/** More than a connection may have open. */
const STREAMS = 150;
const KEPT_HEADER = Buffer.concat([
  Buffer.of(0x40, 1, 0x61, 0x7f, 0x80 + 0x01, 0x1e),
  Buffer.alloc(0x7f + 0x01 + 0x1e * 128, "x"),
]);
/** Floods of whole requests: so many may take so much more of the event loop. */
const OF_REQUESTS: Record<string, number> = {
  "streams that are reset at once": MANY,
  "streams that never end": STREAMS,
};
/** The newest entry of the table (RFC 7541, 6.1). */
const NEWEST = 0xbe;

function times(count: number, make: (index: number) => Buffer): Buffer {
  return Buffer.concat(Array.from({ length: count }, (_, index) => make(index)));
}

/** As many streams as there may be, and more. */
function onEach(count: number, make: (stream: number) => Buffer): Buffer {
  return times(count, (index) => make(1 + 2 * index));
}

const cancel = (of: number): Buffer => frame(FRAME.reset, 0, of, Buffer.of(0, 0, 0, 8));
const settingsOf = (name: number, value: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(name, 0);
  bytes.writeUInt32BE(value, 2);
  return frame(FRAME.settings, 0, 0, bytes);
};
const wider = (of: number, by: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(by);
  return frame(FRAME.windowUpdate, 0, of, bytes);
};

const FLOODS: Record<string, (path: string) => Buffer> = {
  settings: () => times(MANY, () => settingsOf(3, 100)),
  "settings that are empty": () => times(MANY, () => frame(FRAME.settings, 0, 0)),
  acknowledgements: () => times(MANY, () => frame(FRAME.settings, FLAG.ack, 0)),
  pings: () => times(MANY, (index) => frame(FRAME.ping, 0, 0, Buffer.alloc(8, index))),
  "windows that grow": () => times(MANY, () => wider(0, 1)),
  "windows that grow too far": () => times(3, () => wider(0, 0x7f_ff_ff_ff)),
  priorities: () => times(MANY, (index) => frame(FRAME.priority, 0, 1 + 2 * index, Buffer.of(0, 0, 0, 0, 16))),
  "frames that nobody knows": () => times(MANY, () => frame(0x42, 0xff, 0, Buffer.alloc(16))),
  farewells: () => times(MANY, () => frame(FRAME.goAway, 0, 0, Buffer.alloc(8))),
  "streams that are reset at once": (path) =>
    onEach(MANY, (of) => Buffer.concat([requestFrames(of, headersOf(path), Buffer.alloc(0)), cancel(of)])),
  "streams that are reset half-way": (path) =>
    onEach(STREAMS, (of) => Buffer.concat([headersFrames(of, headersOf(path), { ends: false }), cancel(of)])),
  "streams that never end": (path) => onEach(STREAMS, (of) => headersFrames(of, headersOf(path), { ends: false })),
  "streams that bring nothing": (path) =>
    Buffer.concat([headersFrames(1, headersOf(path), { ends: false }), times(MANY, () => frame(FRAME.data, 0, 1))]),
  "streams that end twice": (path) =>
    Buffer.concat([
      requestFrames(1, headersOf(path), Buffer.from("{}")),
      dataFrames(1, Buffer.from("{}"), { ends: true }),
      headersFrames(1, headersOf(path), { ends: true }),
    ]),
  "answers that nobody reads": (path) =>
    Buffer.concat([settingsOf(4, 0), onEach(50, (of) => requestFrames(of, headersOf(path), Buffer.alloc(0)))]),
  "answers that are read by the byte": (path) =>
    Buffer.concat([
      settingsOf(4, 1),
      onEach(20, (of) => requestFrames(of, headersOf(path), Buffer.alloc(0))),
      times(MANY, () => wider(1, 1)),
    ]),
  continuations: (path) =>
    Buffer.concat([
      frame(FRAME.headers, 0, 1, blockOf(headersOf(path))),
      times(MANY, () => frame(FRAME.continuation, 0, 1, blockOf([["a", "b"]]))),
    ]),
  "continuations that are empty": (path) =>
    Buffer.concat([
      frame(FRAME.headers, 0, 1, blockOf(headersOf(path))),
      times(MANY, () => frame(FRAME.continuation, 0, 1)),
    ]),
  "a header that is told a thousand times": (path) =>
    frame(
      FRAME.headers,
      FLAG.endHeaders | FLAG.endStream,
      1,
      Buffer.concat([blockOf(headersOf(path)), KEPT_HEADER, Buffer.alloc(MANY, NEWEST)]),
    ),
  "headers of every length": (path) => headersFrames(1, headersOf(path, [["x", "y".repeat(200_000)]]), { ends: true }),
  "more headers than anybody reads": (path) =>
    headersFrames(
      1,
      headersOf(
        path,
        Array.from({ length: MANY }, (_, index): Header => [`x-${index}`, ""]),
      ),
      { ends: true },
    ),
  "cookies in crumbs": (path) =>
    headersFrames(
      1,
      headersOf(
        path,
        Array.from({ length: MANY }, (): Header => ["cookie", "a=b"]),
      ),
      { ends: true },
    ),
  "trailers that name a path": (path) =>
    Buffer.concat([
      headersFrames(1, headersOf(path), { ends: false }),
      headersFrames(
        1,
        [
          [":path", "/"],
          ["x", "y"],
        ],
        { ends: true },
      ),
    ]),
  "more data than there is room for": (path) =>
    Buffer.concat([
      headersFrames(1, headersOf(path), { ends: false }),
      dataFrames(1, Buffer.alloc(DEFAULT_WINDOW + 1), { ends: false }),
    ]),
  "a frame that is too long": (path) =>
    Buffer.concat([headersFrames(1, headersOf(path), { ends: false }), frame(FRAME.data, 0, 1, Buffer.alloc(20_000))]),
  "frames that are padded with all they have": (path) =>
    Buffer.concat([
      headersFrames(1, headersOf(path), { ends: false }),
      times(100, () => frame(FRAME.data, 8, 1, Buffer.concat([Buffer.of(255), Buffer.alloc(255)]))),
    ]),
};

export const floods: fc.Arbitrary<Shot> = fc
  .record({
    port,
    kind: fc.constantFrom(...Object.keys(FLOODS)),
    path: fc.oneof(fc.constantFrom("/openapi.json", "/console/", LIST, "/"), fc.constantFrom(...PLACES)),
  })
  .map(({ port, kind, path }) => ({
    text: `${kind}, at ${path}`,
    port,
    http2: true,
    whole: false,
    requests: OF_REQUESTS[kind] ?? 1,
    bytes: () => Buffer.concat([opening(), FLOODS[kind]?.(path) ?? Buffer.alloc(0)]),
  }));
