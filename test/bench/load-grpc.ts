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
import { DEFAULT_WINDOW, messageFrame } from "../support/http2-frames.ts";
import { type Answer, GrpcCallers } from "./grpc-callers.ts";
import { type LoadOrder, type LoadResult, turnsOf } from "./load.ts";
import { latencies } from "./measured.ts";
import { requestHeaders } from "./request-headers.ts";

/** As many callers share a connection as a small service has in flight. */
const CALLERS_PER_CONNECTION = 16;

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
  sockets.map((socket, index) => {
    const callers = Math.min(CALLERS_PER_CONNECTION, order.callers - index * CALLERS_PER_CONNECTION);
    return new GrpcCallers({ socket, callers, endMs, nextRequest, count }).run();
  }),
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

/** @returns how long its caller waits now */
function count(answer: Answer): number {
  done++;
  if (answer.ok) timesUs.push((performance.now() - answer.sentMs) * 1000);
  else failed++;
  if (!answer.refused) return 0;
  refused++;
  return (order.restMs ?? 0) * (0.5 + Math.random());
}

async function readAll(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}
