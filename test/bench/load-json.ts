/**
 * A load generator for HTTP/1.1: raw sockets, requests made before the start, answers counted and hardly read.
 *
 * Called as `node load-json.ts` with its orders as JSON on standard input; prints its result as JSON. A process of its
 * own, so that its CPU is told apart from the server's.
 */
import { connect, type Socket } from "node:net";
import { type CallKind, type LoadOrder, type LoadResult, turnsOf } from "./load.ts";
import { latencies } from "./measured.ts";

const HEADER_END = Buffer.from("\r\n\r\n");

const order: LoadOrder = JSON.parse(await readAll());
const nextRequest = turnsOf(order.calls, requestOf);
let done = 0;
let failed = 0;
let refused = 0;
const timesUs: number[] = [];
// A crowd takes a while to connect; the clock starts when all are there.
const sockets = await Promise.all(Array.from({ length: order.callers }, () => connected()));
const startMs = performance.now();
const endMs = startMs + order.seconds * 1000;
await Promise.all(sockets.map(caller));
const result: LoadResult = {
  done,
  failed,
  refused,
  seconds: (performance.now() - startMs) / 1000,
  ...latencies(timesUs),
  cpuUs: cpuUs(),
};
console.log(JSON.stringify(result));

function connected(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: order.host, port: order.port, noDelay: true });
    socket.once("connect", () => resolve(socket)).once("error", reject);
  });
}

function caller(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentMs = 0;
    let buffered: Buffer = Buffer.alloc(0);
    socket.once("error", reject);
    socket.on("data", (chunk) => {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      const size = answerSize(buffered);
      if (size === undefined || buffered.length < size) return;
      const restMs = count(buffered, performance.now() - sentMs);
      buffered = buffered.subarray(size);
      if (performance.now() + restMs >= endMs) finish(socket, resolve);
      else if (restMs === 0) send();
      else setTimeout(send, restMs);
    });
    function send(): void {
      sentMs = performance.now();
      socket.write(nextRequest());
    }
    send();
  });
}

/** @returns how long its caller waits now */
function count(answer: Buffer, tookMs: number): number {
  const status = answer.toString("latin1", 9, 12);
  done++;
  if (status === "200") timesUs.push(tookMs * 1000);
  else failed++;
  if (status !== "429") return 0;
  refused++;
  return (order.restMs ?? 0) * (0.5 + Math.random());
}

function finish(socket: Socket, resolve: () => void): void {
  socket.end();
  resolve();
}

/** Headers and body; undefined while the headers are not there. */
function answerSize(buffer: Buffer): number | undefined {
  const end = buffer.indexOf(HEADER_END);
  if (end === -1) return undefined;
  const length = /content-length: (\d+)/i.exec(buffer.toString("latin1", 0, end))?.[1];
  return end + HEADER_END.length + Number(length ?? 0);
}

function requestOf({ path, token, method }: CallKind, body: string): Buffer {
  const authorization = token === undefined ? "" : `authorization: Bearer ${token}\r\n`;
  const head = `HTTP/1.1\r\nhost: ${order.host}:${order.port}\r\n${authorization}`;
  if (method === "GET") return Buffer.from(`GET ${path}${body} ${head}\r\n`);
  return Buffer.from(
    `POST ${path} ${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function readAll(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}
