/**
 * A load generator for gRPC: HTTP/2 frames of our own over raw sockets, messages made before the start.
 *
 * node:http2 as a client takes 51 µs of CPU for an empty call, of the same cores on which 82 are the server's; this takes
 * 18. Headers are sent once and then by their index; answers are asked for without such indexes, so that a status is
 * found without a decoder.
 *
 * Called as `node load-grpc.ts` with its orders as JSON on standard input (bodies in base64); prints its result.
 */
import { connect, type Socket } from "node:net";
import {
  acknowledgement,
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  type Frame,
  frameOf,
  messageFrame,
  onStream,
  opening,
  takeFrames,
} from "../support/http2-frames.ts";
import { type LoadOrder, type LoadResult, turnsOf } from "./load.ts";
import { latencies } from "./measured.ts";
import { type Known, requestHeaders } from "./request-headers.ts";

/** As many callers share a connection as a small service has in flight. */
const CALLERS_PER_CONNECTION = 16;
const RESOURCE_EXHAUSTED = 8;
/** `grpc-status` as a literal name in Huffman's code, its length before it. */
const GRPC_STATUS = Buffer.from("889acac8b21234da8f", "hex");

const order: LoadOrder = JSON.parse(await readAll());
if (new Set(order.calls.flatMap(({ token }) => token ?? [])).size > 1)
  throw new Error("all calls that carry a token must carry the same");
const authority = `${order.host}:${order.port}`;
const nextRequest = turnsOf(order.calls, ({ path, token }, body) => ({
  headers: requestHeaders({ authority, path, token }),
  message: fitting(messageFrame(Buffer.from(body, "base64"))),
}));
let done = 0;
let failed = 0;
let refused = 0;
const timesUs: number[] = [];
// A crowd takes a while to connect; the clock starts when all are there.
const sockets = await Promise.all(
  Array.from({ length: Math.ceil(order.callers / CALLERS_PER_CONNECTION) }, () => connected()),
);
const startMs = performance.now();
const endMs = startMs + order.seconds * 1000;
await Promise.all(
  sockets.map((socket, index) =>
    drive(socket, Math.min(CALLERS_PER_CONNECTION, order.callers - index * CALLERS_PER_CONNECTION)),
  ),
);
const seconds = (performance.now() - startMs) / 1000;
const { user, system } = process.cpuUsage();
const result: LoadResult = { done, failed, refused, seconds, ...latencies(timesUs), cpuUs: user + system };
console.log(JSON.stringify(result));

/** What is sent stays inside the window that a connection begins with, and the server opens it again as it reads. */
function fitting(frame: Buffer): Buffer {
  if (frame.length * CALLERS_PER_CONNECTION > DEFAULT_WINDOW)
    throw new Error("messages this large need flow control, which this generator does not keep");
  return frame;
}

function connected(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: order.host, port: order.port, noDelay: true });
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
}

/** Keeps a connection's callers calling until the time is over. */
function drive(socket: Socket, callers: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const open = new Map<number, { sentMs: number; hasMessage: boolean }>();
    let calling = callers;
    let stream = 1;
    let known: Known = "nothing";
    let received: Buffer = Buffer.alloc(0);
    let outgoing: Buffer[] = [opening()];

    socket.once("error", reject);
    socket.once("close", () => (calling === 0 ? resolve() : reject(new Error("the server closed a connection"))));
    socket.on("data", (chunk) => {
      received = takeFrames(received.length === 0 ? chunk : Buffer.concat([received, chunk]), take);
      flush();
    });

    function take(frame: Frame): void {
      const { type, flags, payload } = frame;
      const answer = acknowledgement(frame);
      if (answer !== undefined) outgoing.push(answer);
      if (type === FRAME.goAway && calling > 0) socket.destroy(new Error("the server goes away"));
      const call = open.get(frame.stream);
      if (call === undefined) return;
      if (type === FRAME.data) call.hasMessage = true;
      const endsStream = (type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0;
      if (!endsStream && type !== FRAME.reset) return;
      open.delete(frame.stream);
      const status = type === FRAME.headers ? statusOf(payload) : undefined;
      goOn(count({ ok: status === 0 && call.hasMessage, refused: status === RESOURCE_EXHAUSTED, sentMs: call.sentMs }));
    }

    function goOn(restMs: number): void {
      if (performance.now() + restMs >= endMs) leave();
      else if (restMs === 0) call();
      else setTimeout(callLater, restMs);
    }

    function callLater(): void {
      call();
      flush();
    }

    function leave(): void {
      calling--;
      if (calling === 0) socket.end();
    }

    function call(): void {
      const { headers, message } = nextRequest();
      const { block, known: then } = headers.after[known];
      known = then;
      outgoing.push(
        frameOf({ type: FRAME.headers, flags: FLAG.endHeaders, stream, payload: block }),
        onStream(Buffer.from(message), stream),
      );
      open.set(stream, { sentMs: performance.now(), hasMessage: false });
      stream += 2;
    }

    function flush(): void {
      if (outgoing.length === 0) return;
      socket.write(Buffer.concat(outgoing));
      outgoing = [];
    }

    for (let index = 0; index < callers; index++) call();
    flush();
  });
}

/** @returns how long its caller waits now */
function count(answer: { ok: boolean; refused: boolean; sentMs: number }): number {
  done++;
  if (answer.ok) timesUs.push((performance.now() - answer.sentMs) * 1000);
  else failed++;
  if (!answer.refused) return 0;
  refused++;
  return (order.restMs ?? 0) * (0.5 + Math.random());
}

/** The code in an answer's last headers; undefined when there is none. */
function statusOf(headers: Buffer): number | undefined {
  const at = headers.indexOf(GRPC_STATUS);
  if (at === -1) return undefined;
  const start = at + GRPC_STATUS.length + 1;
  return Number(headers.toString("latin1", start, start + headers.readUInt8(start - 1)));
}

async function readAll(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}
