/**
 * A load generator for gRPC: HTTP/2 streams of node:http2 over a few connections, messages made before the start.
 *
 * Called as `node load-grpc.ts` with its orders as JSON on standard input (bodies in base64); prints its result.
 */
import { once } from "node:events";
import { connect } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { type CallKind, type LoadOrder, type LoadResult, turnsOf } from "./load.ts";
import { latencies } from "./measured.ts";

/** As many callers share a connection as a small service has in flight. */
const CALLERS_PER_CONNECTION = 16;
const RESOURCE_EXHAUSTED = "8";

const order: LoadOrder = JSON.parse(await readAll());
const nextRequest = turnsOf(order.calls, (kind, body) => ({ headers: headersOf(kind), frame: frameOf(Buffer.from(body, "base64")) }));
let done = 0;
let failed = 0;
let refused = 0;
const timesUs: number[] = [];
const sessions = Array.from({ length: Math.ceil(order.callers / CALLERS_PER_CONNECTION) }, () => connect(`http://${order.host}:${order.port}`));
// A crowd takes a while to connect; the clock starts when all are there.
await Promise.all(sessions.map((session) => once(session, "remoteSettings")));
const startMs = performance.now();
const endMs = startMs + order.seconds * 1000;
await Promise.all(Array.from({ length: order.callers }, (_, index) => caller(index)));
const seconds = (performance.now() - startMs) / 1000;
for (const session of sessions) session.close();
const { user, system } = process.cpuUsage();
const result: LoadResult = { done, failed, refused, seconds, ...latencies(timesUs), cpuUs: user + system };
console.log(JSON.stringify(result));

async function caller(index: number): Promise<void> {
  const session = sessions[index % sessions.length];
  if (session === undefined) return;
  while (performance.now() < endMs) {
    const sentMs = performance.now();
    const { headers, frame } = nextRequest();
    const stream = session.request(headers);
    stream.end(frame);
    stream.resume();
    const status = await new Promise<string>((resolve, reject) => {
      let told = "";
      stream.once("response", (answer) => (told = String(answer["grpc-status"] ?? "")));
      stream.once("trailers", (trailers) => (told = String(trailers["grpc-status"])));
      stream.once("end", () => resolve(told));
      stream.once("error", reject);
    });
    done++;
    if (status === "0") timesUs.push((performance.now() - sentMs) * 1000);
    else failed++;
    if (status !== RESOURCE_EXHAUSTED) continue;
    refused++;
    await sleep((order.restMs ?? 0) * (0.5 + Math.random()));
  }
}

function headersOf({ path, token }: CallKind) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return { ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers", ...authorization };
}

/** A message as gRPC frames it: not compressed, then its length. */
function frameOf(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

async function readAll(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += String(chunk);
  return text;
}
