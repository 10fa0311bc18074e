/** Bodies around each RPC's bound, of whatever is small for its sender and may be much for whoever reads it. */
import { type DescField, type DescMessage, type DescMethod, ScalarType } from "@bufbuild/protobuf";
import { Health } from "../../../gen/grpc/health/v1/health_pb.ts";
import { MAX_REQUEST_BYTES, maxRequestBytesOf } from "../../../src/rpc/limits.ts";
import { rpcs } from "../../support/contract.ts";
import { fc } from "../../support/seed.ts";
import { wrongWith } from "../judge.ts";
import { isJson, type Outcome, requestOf, type Way, waysTo, wireTo } from "../wire.ts";
import type { Deed, Target } from "./deed.ts";

const MIB = 2 ** 20;
/** How many bytes, by the RPC's bound. The largest is an upload's, whatever the RPC takes. */
const SIZES: Record<string, (bound: number) => number> = {
  "one byte less than it takes": (bound) => bound - 1,
  "as much as it takes": (bound) => bound,
  "one byte more than it takes": (bound) => bound + 1,
  "twice what it takes": (bound) => 2 * bound,
  "8 MiB": () => 8 * MIB,
};
/** A stream has no other end. */
const STREAM_MS = 200;

const callers = ["nobody", "customer", "admin", "admin"] as const;

export const bodies: fc.Arbitrary<Deed> = fc
  .record({
    rpc: fc.constantFrom(...rpcs, ...Health.methods),
    way: fc.nat(),
    size: fc.constantFrom(...Object.keys(SIZES), "as much as it takes"),
    caller: fc.constantFrom(...callers),
    onlyPort: fc.boolean(),
    shape: fc.nat(),
    field: fc.nat(),
  })
  .map(({ rpc, way: turn, size, caller: drawn, onlyPort, shape, field: at }) => {
    const ways = waysTo(rpc).filter((way) => !way.startsWith("GET"));
    const way = ways[turn % ways.length] ?? "gRPC";
    const [name = "", filled] = Object.entries(isJson(way) ? JSON_SHAPES : BINARY_SHAPES)[shape % SHAPES] ?? [];
    const bound = maxRequestBytesOf(rpc);
    // Who may upload 8 MiB, which are read for nobody else, is no stranger.
    const caller = drawn === "admin" && bound > MAX_REQUEST_BYTES ? "customer" : drawn;
    const bytes = SIZES[size]?.(bound) ?? bound;
    return {
      text: `${rpc.parent.name}/${rpc.name} by ${way}${onlyPort ? " to PORT" : ""} as ${caller}: ${size}, ${name}, field ${at}`,
      requests: 1,
      bytes,
      done: (target) =>
        send(target, { rpc, way, caller, onlyPort, body: filled?.(rpc.input, at, bytes) ?? Buffer.alloc(bytes) }),
    };
  });

interface Sent {
  rpc: DescMethod;
  way: Way;
  caller: (typeof callers)[number];
  onlyPort: boolean;
  body: Buffer;
}

async function send(
  { tokens, ports: { PORT, GRPC_PORT } }: Target,
  { rpc, way, caller, onlyPort, body }: Sent,
): Promise<string | undefined> {
  const token = caller === "nobody" ? undefined : tokens[caller];
  const request = requestOf(rpc, way, body, { token, timeoutMs: rpc.methodKind === "unary" ? undefined : STREAM_MS });
  const isOver = body.length > maxRequestBytesOf(rpc);
  // A connection of its own: on one that was sent too much too often its server closes what comes next.
  const wire = wireTo({ port: PORT, grpcPort: onlyPort ? PORT : GRPC_PORT });
  const outcome = await wire.send(rpc, way, request).catch((error: Error) => error);
  wire.close();
  if (outcome instanceof Error) return isOver && !/hangs/.test(outcome.message) ? undefined : outcome.message;
  const wrong = isOver && outcome.code === "OK" ? "more than it takes was taken" : wrongOf(rpc, outcome);
  return wrong === undefined ? undefined : `${wrong}: ${JSON.stringify(outcome).slice(0, 300)}`;
}

/** Health is not ours: its refusals have no ErrorInfo. */
function wrongOf(rpc: DescMethod, outcome: Outcome): string | undefined {
  if (rpc.parent !== Health) return wrongWith(rpc, "spoilt", outcome);
  return ["Internal", "Unknown", "HTTP 500"].includes(outcome.code) ? "a fault of ours" : undefined;
}

/** Makes a body of exactly so many bytes. */
type Shape = (desc: DescMessage, at: number, bytes: number) => Buffer;

/** What repeats, between a head and a tail; blanks where it does not come out even, which JSON may end in. */
function repeated(head: string, part: string, tail: string, bytes: number): Buffer {
  const count = Math.max(1, Math.floor((bytes - head.length - tail.length + 1) / (part.length + 1)));
  return padded(head + Array<string>(count).fill(part).join(",") + tail, bytes);
}

function padded(json: string, bytes: number): Buffer {
  return Buffer.from(json.padEnd(bytes).slice(0, bytes));
}

function nested(opening: string, inner: string, closing: string, bytes: number): Buffer {
  const depth = Math.floor((bytes - inner.length) / (opening.length + closing.length));
  return padded(opening.repeat(depth) + inner + closing.repeat(depth), bytes);
}

function nameAt({ fields }: DescMessage, at: number, isWanted: (field: DescField) => boolean): string {
  const wanted = fields.filter(isWanted);
  return wanted[at % Math.max(1, wanted.length)]?.jsonName ?? "unknown";
}

const isList = ({ fieldKind }: DescField): boolean => fieldKind === "list";
const isText = ({ scalar }: DescField): boolean => scalar === ScalarType.STRING || scalar === ScalarType.BYTES;
const isAny = (): boolean => true;

const JSON_SHAPES: Record<string, Shape> = {
  "many empty objects": (desc, at, bytes) => repeated(`{"${nameAt(desc, at, isList)}":[`, "{}", "]}", bytes),
  "many empty texts": (desc, at, bytes) => repeated(`{"${nameAt(desc, at, isList)}":[`, '""', "]}", bytes),
  "many nulls": (desc, at, bytes) => repeated(`{"${nameAt(desc, at, isAny)}":[`, "null", "]}", bytes),
  "many numbers": (desc, at, bytes) => repeated(`{"${nameAt(desc, at, isAny)}":[`, "1", "]}", bytes),
  "one member again and again": (desc, at, bytes) => repeated("{", `"${nameAt(desc, at, isAny)}":{}`, "}", bytes),
  "one long text": (desc, at, bytes) => padded(`{"${nameAt(desc, at, isText)}":"${"x".repeat(bytes - 40)}"}`, bytes),
  "one long text of escapes": (desc, at, bytes) =>
    padded(`{"${nameAt(desc, at, isText)}":"${"\\u0000".repeat((bytes - 40) / 6)}"}`, bytes),
  "one long text of blanks": (desc, at, bytes) =>
    padded(`{"${nameAt(desc, at, isText)}":"x${" ".repeat(bytes - 40)}x"}`, bytes),
  "one long text of marks": (desc, at, bytes) =>
    padded(`{"${nameAt(desc, at, isText)}":"${"\u0301".repeat((bytes - 60) / 2)}"}`, bytes),
  "one long number": (desc, at, bytes) => padded(`{"${nameAt(desc, at, isAny)}":${"9".repeat(bytes - 40)}}`, bytes),
  "one long mask": (_desc, _at, bytes) => repeated(`{"updateMask":"`, "a.b", '"}', bytes),
  "one long name": (_desc, _at, bytes) => padded(`{"${"x".repeat(bytes - 10)}":1}`, bytes),
  "nothing but blanks": (_desc, _at, bytes) => padded("{}", bytes),
  "arrays in arrays": (desc, at, bytes) => nested("[", `{"${nameAt(desc, at, isAny)}":1}`, "]", bytes),
  "a field of arrays in arrays": (desc, at, bytes) =>
    padded(
      `{"${nameAt(desc, at, isAny)}":${nested("[", "", "]", bytes - 40)
        .toString()
        .trimEnd()}}`,
      bytes,
    ),
  "objects in objects": (desc, at, bytes) => nested(`{"${nameAt(desc, at, isAny)}":`, "1", "}", bytes),
  "nothing but openings": (_desc, _at, bytes) => Buffer.alloc(bytes, '{"a":['),
  "no JSON": (_desc, _at, bytes) => Buffer.alloc(bytes, 0xff),
};
const SHAPES = Object.keys(JSON_SHAPES).length;

function tagOf({ fields }: DescMessage, at: number, type: number): Buffer {
  const number = fields[at % Math.max(1, fields.length)]?.number ?? 1;
  return varint((number << 3) | type);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** The element again and again; what is left over is a field that nobody knows, or none. */
function filledWith(element: Buffer, bytes: number): Buffer {
  const count = Math.floor(bytes / element.length);
  return Buffer.concat([
    Buffer.alloc(count * element.length, element),
    Buffer.alloc(bytes - count * element.length, 0x78),
  ]);
}

/** A field that holds all the rest. */
function holding(tag: Buffer, content: (bytes: number) => Buffer, bytes: number): Buffer {
  const room = bytes - tag.length - varint(bytes).length;
  const head = Buffer.concat([tag, varint(room)]);
  return Buffer.concat([head, content(bytes - head.length)]).subarray(0, bytes);
}

/** So many levels, each of which holds the next. */
function inItself(tag: Buffer, bytes: number): Buffer {
  const levels: Buffer[] = [];
  for (let room = bytes; room > 12;) {
    const head = Buffer.concat([tag, varint(room - tag.length - varint(room).length)]);
    levels.push(head);
    room -= head.length;
  }
  return Buffer.concat([...levels, Buffer.alloc(12)]).subarray(0, bytes);
}

const BINARY_SHAPES: Record<string, Shape> = {
  "empty elements": (desc, at, bytes) => filledWith(Buffer.concat([tagOf(desc, at, 2), Buffer.of(0)]), bytes),
  "empty elements of elements": (desc, at, bytes) =>
    filledWith(Buffer.concat([tagOf(desc, at, 2), Buffer.of(2, 0x0a, 0)]), bytes),
  "elements of one byte": (desc, at, bytes) =>
    filledWith(Buffer.concat([tagOf(desc, at, 2), Buffer.of(1, 0x78)]), bytes),
  numbers: (desc, at, bytes) => filledWith(Buffer.concat([tagOf(desc, at, 0), Buffer.of(1)]), bytes),
  "numbers of ten bytes": (desc, at, bytes) =>
    filledWith(Buffer.concat([tagOf(desc, at, 0), Buffer.alloc(9, 0xff), Buffer.of(1)]), bytes),
  "numbers that nobody knows": (_desc, _at, bytes) => filledWith(Buffer.of(0x78, 1), bytes),
  "texts that nobody knows": (_desc, _at, bytes) => filledWith(Buffer.of(0x7a, 0), bytes),
  "groups in groups": (desc, at, bytes) => filledWith(tagOf(desc, at, 3), bytes),
  "groups that are empty": (desc, at, bytes) =>
    filledWith(Buffer.concat([tagOf(desc, at, 3), tagOf(desc, at, 4)]), bytes),
  "ends of groups": (desc, at, bytes) => filledWith(tagOf(desc, at, 4), bytes),
  "one long text": (desc, at, bytes) => holding(tagOf(desc, at, 2), (room) => Buffer.alloc(room, "x"), bytes),
  "one long text of blanks": (desc, at, bytes) => holding(tagOf(desc, at, 2), (room) => Buffer.alloc(room, " "), bytes),
  "one long text that is no UTF-8": (desc, at, bytes) =>
    holding(tagOf(desc, at, 2), (room) => Buffer.alloc(room, 0xff), bytes),
  "a message of empty elements": (desc, at, bytes) =>
    holding(tagOf(desc, at, 2), (room) => filledWith(Buffer.of(0x0a, 0), room), bytes),
  "a message of numbers": (desc, at, bytes) =>
    holding(tagOf(desc, at, 2), (room) => filledWith(Buffer.of(0x08, 1), room), bytes),
  "messages in messages": (desc, at, bytes) => inItself(tagOf(desc, at, 2), bytes),
  zeros: (_desc, _at, bytes) => Buffer.alloc(bytes),
  "no message": (_desc, _at, bytes) => Buffer.alloc(bytes, 0xff),
};
