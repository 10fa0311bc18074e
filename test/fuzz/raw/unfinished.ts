/**
 * What is begun and never finished, on many connections or many streams of one: heads, prefaces and bodies of which half
 * comes, or each byte by itself, and answers that nobody reads. While they are open others are answered.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pathOf } from "../../../src/rpc/call.ts";
import { rpcs } from "../../support/contract.ts";
import { FLAG, FRAME, opening, PREFACE } from "../../support/http2-frames.ts";
import { fc } from "../../support/seed.ts";
import type { Deed, Target } from "./deed.ts";
import { exchange } from "./exchange.ts";
import { dataFrames, frame, type Header, headersFrames, requestFrames } from "./http2.ts";
import { REFLECTION } from "./words.ts";

/** Streams that a connection may have open. */
const STREAMS = 100;
const NONE = Buffer.alloc(0);

function headersOf(path: string, type: string, more: readonly Header[] = []): Header[] {
  return [
    [":method", "POST"],
    [":path", path],
    [":scheme", "http"],
    [":authority", "localhost"],
    ["content-type", type],
    ["te", "trailers"],
    ...more,
  ];
}

/** Half a prefix, a prefix, or most of a message that says how long it is. */
export const HALVES: Record<string, Buffer> = {
  "no body": NONE,
  "half a prefix": Buffer.of(0, 0, 1),
  "a prefix": Buffer.of(0, 0, 1, 0, 0),
  "a prefix and half a message": Buffer.concat([Buffer.of(0, 0, 1, 0, 0), Buffer.alloc(600, 0x0a)]),
  "half of JSON": Buffer.from('{"items":[{'),
};

function onStreams(path: string, type: string, half: Buffer): Buffer {
  const each = Array.from({ length: STREAMS }, (_, index) => {
    const headers = headersFrames(1 + 2 * index, headersOf(path, type), { ends: false });
    return half.length === 0 ? headers : Buffer.concat([headers, dataFrames(1 + 2 * index, half, { ends: false })]);
  });
  return Buffer.concat([opening(), ...each]);
}

function overHttp1(path: string, more: string, body: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${more}\r\n\r\n`),
    body,
  ]);
}

const SETTINGS_WITHOUT_WINDOW = Buffer.concat([PREFACE, frame(FRAME.settings, 0, 0, Buffer.of(0, 4, 0, 0, 0, 0))]);

/** By name: what is sent on one connection. Its requests, where it holds more than one. */
export const BEGINNINGS: Record<string, { requests?: number; bytes: (path: string, half: Buffer) => Buffer }> = {
  nothing: { bytes: () => NONE },
  "half a head": { bytes: (path) => overHttp1(path, "content-length: 5", NONE).subarray(0, 30) },
  "half a body": { bytes: (path, half) => overHttp1(path, "content-length: 200000", half) },
  "a body of 8 GiB": { bytes: (path, half) => overHttp1(path, "content-length: 8589934592", half) },
  "half a chunk": {
    bytes: (path, half) =>
      overHttp1(path, "transfer-encoding: chunked", Buffer.concat([Buffer.from("fffff\r\n"), half])),
  },
  "a body for which leave is asked": {
    bytes: (path) => overHttp1(path, "expect: 100-continue\r\ncontent-length: 200000", NONE),
  },
  "half a preface": { bytes: () => PREFACE.subarray(0, 11) },
  "a preface": { bytes: () => PREFACE },
  "a session without a stream": { bytes: opening },
  "half a frame": {
    bytes: (path) =>
      Buffer.concat([opening(), headersFrames(1, headersOf(path, "application/grpc"), { ends: true }).subarray(0, 40)]),
  },
  "headers that go on": {
    bytes: () => Buffer.concat([opening(), frame(FRAME.headers, FLAG.endStream, 1, Buffer.of(0x82, 0x86))]),
  },
  "streams of gRPC": { requests: STREAMS, bytes: (path, half) => onStreams(path, "application/grpc", half) },
  "streams of gRPC-Web": {
    requests: STREAMS,
    bytes: (path, half) => onStreams(path, "application/grpc-web+proto", half),
  },
  "streams of Connect": { requests: STREAMS, bytes: (path, half) => onStreams(path, "application/json", half) },
  "streams of a stream": {
    requests: STREAMS,
    bytes: (path, half) => onStreams(path, "application/connect+json", half),
  },
  "answers without a window": {
    requests: STREAMS,
    bytes: () =>
      Buffer.concat([
        SETTINGS_WITHOUT_WINDOW,
        ...Array.from({ length: STREAMS }, (_, index) => requestFrames(1 + 2 * index, PAGE, NONE)),
      ]),
  },
  "answers that nobody reads": {
    requests: 20,
    bytes: () => Buffer.from("GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(20)),
  },
};
const PAGE: Header[] = [
  [":method", "GET"],
  [":path", "/openapi.json"],
  [":scheme", "http"],
  [":authority", "localhost"],
];

export const paths = [
  ...rpcs.map(pathOf),
  "/console/session",
  "/console/session/refresh",
  "/grpc.health.v1.Health/Watch",
  ...REFLECTION,
  "/healthz",
  "/media/a.png",
];

export const unfinished: fc.Arbitrary<Deed> = fc
  .record({
    port: fc.constantFrom("PORT" as const, "GRPC_PORT" as const),
    beginning: fc.constantFrom(...Object.keys(BEGINNINGS)),
    half: fc.constantFrom(...Object.keys(HALVES)),
    path: fc.constantFrom(...paths),
    connections: fc.integer({ min: 1, max: 8 }),
    bytewise: fc.constantFrom(0, 0, 0, 40),
  })
  .map(({ port, beginning, half, path, connections, bytewise }) => ({
    text: `${connections} times ${beginning}, with ${half}, at ${path}, ${bytewise === 0 ? "at once" : `the last ${bytewise} bytes one by one`}, to ${port}`,
    // Those who are asked in between are requests too.
    requests: connections * (BEGINNINGS[beginning]?.requests ?? 1) + 2,
    async done({ ports, rests }) {
      const bytes = BEGINNINGS[beginning]?.bytes(path, HALVES[half] ?? NONE) ?? NONE;
      const sockets = await Promise.all(Array.from({ length: connections }, () => begin(ports[port], bytes, bytewise)));
      await rests();
      const wrong = await othersAreAnswered(ports);
      for (const socket of sockets) socket.destroy();
      return wrong;
    },
  }));

/** A connection on which so much was sent, and nothing of the answer is read. */
export async function begin(port: number, bytes: Buffer, bytewise: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true }).on("error", () => undefined);
  await once(socket, "connect");
  socket.pause();
  const slow = bytewise === 0 ? NONE : bytes.subarray(-bytewise);
  socket.write(bytes.subarray(0, bytes.length - slow.length));
  for (const byte of slow) {
    if (!socket.writable) break;
    socket.write(Buffer.of(byte));
    await sleep(1);
  }
  return socket;
}

/** Longer than anything takes: who waits so long is held up. */
const PATIENCE_MS = 20_000;
const LIST = "/bodega.catalog.v1.CatalogService/ListCategories";

/** By new connections to both ports. */
export async function othersAreAnswered({ PORT, GRPC_PORT }: Target["ports"]): Promise<string | undefined> {
  const options = {
    method: "POST",
    headers: { "content-type": "application/json", connection: "close" },
    body: "{}",
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  const { status } = await fetch(`http://127.0.0.1:${PORT}${LIST}`, options);
  if (status !== 200) return `others are answered ${status} by PORT`;
  const request = Buffer.concat([opening(), requestFrames(1, headersOf(LIST, "application/grpc"), Buffer.alloc(5))]);
  const shot = { text: "", port: "GRPC_PORT" as const, http2: true, whole: true, bytes: () => request };
  const { statuses } = await exchange(GRPC_PORT, shot, async () => undefined);
  return statuses.includes("grpc 0") ? undefined : `others are answered ${statuses.join(", ")} by GRPC_PORT`;
}
