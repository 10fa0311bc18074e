/** Bytes sent to a port as they are, and what was heard of it. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { FLAG, FRAME, type Frame, takeFrames } from "../../support/http2-frames.ts";
import { headersIn } from "./http2.ts";

/** What a stranger sends on one connection. Its bytes are made when they are sent: a failure prints the text. */
export interface Shot {
  text: string;
  port: "PORT" | "GRPC_PORT";
  http2: boolean;
  bytes: () => Buffer;
  /** How many requests it holds; one unless told. */
  requests?: number;
  /** It says all of one request, on stream 1, so there must be an answer or a refusal. */
  whole: boolean;
}

export interface Heard {
  /** Of HTTP and of gRPC, such as `HTTP 404` and `grpc 12`. */
  statuses: string[];
  /** HTTP/2's error codes of streams that were reset. */
  resets: number[];
  /** Whether the request, or its connection, came to an end. */
  over: boolean;
}

/** Longer than any call takes, also on a busy machine: what hangs is a finding. */
const HANGS_MS = 20_000;

/** @param rests resolves when the processes have read what was sent: what is not whole is left then */
export async function exchange(
  port: number,
  { http2, bytes, whole }: Shot,
  rests: () => Promise<void>,
): Promise<Heard> {
  const socket = connect(port, "127.0.0.1");
  const ear = http2 ? hearHttp2() : hearHttp1();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => undefined).on("data", ear.take);
  const connected = await Promise.race([
    once(socket, "connect").then(
      () => true,
      () => false,
    ),
    closed.then(() => false),
  ]);
  if (connected) socket.write(bytes());
  let isClosed = false;
  const over = Promise.race([ear.over, closed.then(() => (isClosed = true))]);
  if (whole) await Promise.race([over, sleep(HANGS_MS, undefined, { ref: false })]);
  else await rests();
  const heard = await ear.heard();
  socket.destroy();
  return { ...heard, over: heard.over || isClosed };
}

interface Ear {
  take: (chunk: Buffer) => void;
  over: Promise<void>;
  heard: () => Promise<Heard>;
}

/** Whether it is over the connection tells: requests say that they are its last. */
function hearHttp1(): Ear {
  const chunks: Buffer[] = [];
  return {
    take: (chunk) => void chunks.push(chunk),
    over: new Promise(() => undefined),
    async heard() {
      const told = Buffer.concat(chunks).toString("latin1");
      const http = [...told.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => `HTTP ${status}`);
      const grpc = [...told.matchAll(/grpc-status: ?(\d+)/gi)].map(([, status]) => `grpc ${status}`);
      return { statuses: [...http, ...grpc], resets: [], over: false };
    },
  };
}

function hearHttp2(): Ear {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const streams = new Map<number, Frame[]>();
  const resets: number[] = [];
  let rest: Buffer = Buffer.alloc(0);
  let isOver = false;
  const end = (): void => {
    isOver = true;
    resolve();
  };
  return {
    take(chunk) {
      rest = takeFrames(Buffer.concat([rest, chunk]), (frame) => {
        const { type, flags, stream, payload } = frame;
        if (type === FRAME.reset) resets.push(payload.readUInt32BE(0));
        if (type === FRAME.headers || type === FRAME.continuation)
          streams.set(stream, [...(streams.get(stream) ?? []), { ...frame, payload: Buffer.from(payload) }]);
        const ends =
          type === FRAME.reset || ((type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0);
        if (type === FRAME.goAway || (ends && stream === 1)) end();
      });
    },
    over,
    async heard() {
      const all = await Promise.all([...streams.values()].map(headersIn));
      const statuses = all.flatMap(({ ":status": http, "grpc-status": grpc }) =>
        [http === undefined ? [] : [`HTTP ${http}`], grpc === undefined ? [] : [`grpc ${grpc}`]].flat(),
      );
      return { statuses, resets, over: isOver };
    },
  };
}
