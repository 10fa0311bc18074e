/** Bodies in envelopes that are wrong: prefixes that lie, flags that nobody knows, and what is small only as long as it is packed. */
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { opening } from "../../support/http2-frames.ts";
import { fc } from "../../support/seed.ts";
import type { Shot } from "./exchange.ts";
import { type Header, requestFrames } from "./http2.ts";
import { isEndless, PLACES } from "./words.ts";

const MIB = 2 ** 20;
const PACK = { gzip: gzipSync, deflate: deflateSync, br: brotliCompressSync };
const packed = new Map<string, Buffer>();

/** So many bytes of nothing, packed: made once. */
function bomb(how: keyof typeof PACK, bytes: number): Buffer {
  const known = packed.get(`${how} ${bytes}`) ?? PACK[how](Buffer.alloc(bytes));
  packed.set(`${how} ${bytes}`, known);
  return known;
}

const MESSAGES: Record<string, () => Buffer> = {
  nothing: () => Buffer.alloc(0),
  "an empty object": () => Buffer.from("{}"),
  nonsense: () => Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2]),
  "a field that is longer than all": () => Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]),
  "8 MiB in gzip": () => bomb("gzip", 8 * MIB),
  "100 MiB in gzip": () => bomb("gzip", 100 * MIB),
  "100 MiB in br": () => bomb("br", 100 * MIB),
  "100 MiB in deflate": () => bomb("deflate", 100 * MIB),
  "half of gzip": () => bomb("gzip", MIB).subarray(0, 200),
};

const port = fc.constantFrom<Shot["port"]>("PORT", "GRPC_PORT");
const type = fc.constantFrom(
  "application/grpc",
  "application/grpc+proto",
  "application/grpc-web+proto",
  "application/grpc-web+json",
  "application/connect+json",
  "application/connect+proto",
);
const coding = fc.constantFrom(
  "",
  "gzip",
  "deflate",
  "br",
  "identity",
  "snappy",
  "constructor",
  "__proto__",
  "gzip, gzip",
);
const envelope = fc.record({
  flags: fc.constantFrom(0, 0, 1, 1, 2, 3, 0x80, 0x81, 0xff),
  message: fc.constantFrom(...Object.keys(MESSAGES)),
  /** What the prefix says more than there is. */
  lie: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.constantFrom(1, -1, 300_000, 9 * MIB, 0x7f_ff_00_00, 0xff_ff_00_00) },
  ),
});

function bytesOf({ flags, message, lie }: { flags: number; message: string; lie: number }): Buffer {
  const bytes = MESSAGES[message]?.() ?? Buffer.alloc(0);
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(Math.min(Math.max(0, bytes.length + lie), 0xff_ff_ff_ff), 1);
  return Buffer.concat([head, bytes]);
}

/** Cut somewhere in its last bytes, now and then: in the middle of a prefix, too. */
const cut = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 6 }) },
);

export const envelopes: fc.Arbitrary<Shot> = fc
  .record({
    port,
    place: fc.constantFrom(...PLACES.filter((place) => place.split("/").length === 3)),
    type,
    coding,
    envelopes: fc.array(envelope, { minLength: 1, maxLength: 3 }),
    cut,
  })
  .map(({ port, place, type, coding, envelopes, cut }) => {
    const codings: Header[] =
      coding === ""
        ? []
        : [
            ["grpc-encoding", coding],
            ["connect-content-encoding", coding],
          ];
    const headers: Header[] = [
      [":method", "POST"],
      [":path", place],
      [":scheme", "http"],
      [":authority", "localhost"],
      ["content-type", type],
      ["te", "trailers"],
      ...codings,
    ];
    return {
      text: `${place} as ${type} in "${coding}": ${envelopes.map(({ flags, message, lie }) => `${flags}/${message}/${lie}`).join(" ")} less ${cut}`,
      port,
      http2: true,
      whole: !isEndless(place),
      bytes: () => {
        const body = Buffer.concat(envelopes.map(bytesOf));
        return Buffer.concat([opening(), requestFrames(1, headers, body.subarray(0, body.length - cut))]);
      },
    };
  });
