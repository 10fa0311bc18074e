/** Sends bytes as they are to an RPC, by each protocol, and tells what came back; or cuts the connection meanwhile. */
import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { Client, credentials, Metadata, type StatusObject } from "@grpc/grpc-js";
import { pathOf } from "../../src/rpc/call.ts";

export interface Wire {
  /** OK, a code's name, or `HTTP 400` where an answer has none. */
  send(method: DescMethod, protocol: Protocol, bytes: Uint8Array, token: string | undefined): Promise<string>;
  /** Begins a call and leaves: before the body is sent, or before the answer is read. */
  cut(method: DescMethod, protocol: Protocol, bytes: Uint8Array, cut: { token: string | undefined; when: "request" | "answer" }): Promise<void>;
  close(): void;
}

export const protocols = ["gRPC", "Connect JSON", "Connect binary", "gRPC-Web"] as const;
export type Protocol = (typeof protocols)[number];

/** Longer than any call takes, shorter than the test: what hangs is a finding. A stream that has begun is ended by it. */
const TIMEOUT_MS = 20_000;
const STREAM_MS = 300;

export function wireTo({ port, grpcPort }: { port: number; grpcPort: number }): Wire {
  const client = new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure(), { "grpc.max_send_message_length": -1 });
  const agent = new Agent({ keepAlive: true });
  return {
    send: (method, protocol, bytes, token) =>
      protocol === "gRPC" ? sendGrpc(client, method, bytes, token) : sendHttp({ agent, port }, requestOf(method, protocol, bytes, token)),
    cut: (method, protocol, bytes, { token, when }) => {
      if (protocol === "gRPC") return cutHttp2({ port: grpcPort, when }, requestOf(method, protocol, bytes, token));
      return cutHttp1({ port, when }, requestOf(method, protocol, bytes, token));
    },
    close() {
      client.close();
      agent.destroy();
    },
  };
}

interface Request {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

function requestOf(method: DescMethod, protocol: Protocol, bytes: Uint8Array, token: string | undefined): Request {
  const streams = method.methodKind !== "unary";
  const enveloped = streams || protocol === "gRPC" || protocol === "gRPC-Web";
  const connect = streams ? "application/connect+" : "application/";
  const types = {
    gRPC: "application/grpc",
    "gRPC-Web": "application/grpc-web+proto",
    "Connect JSON": `${connect}json`,
    "Connect binary": `${connect}proto`,
  };
  return {
    path: pathOf(method),
    headers: {
      "content-type": types[protocol],
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(streams ? { "connect-timeout-ms": String(STREAM_MS), "grpc-timeout": `${STREAM_MS}m` } : {}),
    },
    body: enveloped ? inEnvelope(bytes) : Buffer.from(bytes),
  };
}

function inEnvelope(bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([header, bytes]);
}

function sendGrpc(client: Client, method: DescMethod, bytes: Uint8Array, token: string | undefined): Promise<string> {
  const metadata = new Metadata();
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  const same = (buffer: Buffer): Buffer => buffer;
  const streams = method.methodKind !== "unary";
  const call = client.makeServerStreamRequest(pathOf(method), same, same, Buffer.from(bytes), metadata, {
    deadline: Date.now() + (streams ? STREAM_MS : TIMEOUT_MS),
  });
  call.on("data", () => undefined);
  call.on("error", () => undefined);
  return new Promise((resolve) => call.on("status", ({ code }: StatusObject) => resolve(nameOf(code))));
}

function sendHttp({ agent, port }: { agent: Agent; port: number }, { path, headers, body }: Request): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = { agent, port, path, method: "POST", headers: { ...headers, "content-length": body.length }, timeout: TIMEOUT_MS };
  const request = httpRequest(options, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("error", reject);
    response.once("end", () => resolve(outcomeOf(response.statusCode ?? 0, Buffer.concat(chunks))));
  });
  request.once("timeout", () => request.destroy(new Error(`${path} hangs`)));
  request.once("error", reject);
  request.end(body);
  return promise;
}

/** The code in a Connect error, in the end of a stream, or in gRPC-Web's trailers. */
function outcomeOf(status: number, body: Buffer): string {
  const text = body.toString("latin1");
  const grpcStatus = /grpc-status: (\d+)/.exec(text)?.[1];
  if (grpcStatus !== undefined) return nameOf(Number(grpcStatus));
  const code = /"code":"([a-z_]+)"/.exec(text)?.[1];
  if (code !== undefined && (status !== 200 || text.includes('{"error":'))) return code.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return status === 200 ? "OK" : `HTTP ${status}`;
}

/** gRPC's codes and Connect's are the same numbers. */
function nameOf(code: number): string {
  return code === 0 ? "OK" : (Code[code] ?? String(code));
}

interface Cut {
  port: number;
  when: "request" | "answer";
}

async function cutHttp1({ port, when }: Cut, { path, headers, body }: Request): Promise<void> {
  const socket = connectTcp(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  const head = Object.entries({ ...headers, host: "127.0.0.1", "content-length": String(body.length + (when === "request" ? 100 : 0)) });
  socket.write(`POST ${path} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  await new Promise((resolve) => socket.write(body, resolve));
  socket.destroy();
}

async function cutHttp2({ port, when }: Cut, { path, headers, body }: Request): Promise<void> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const stream = session.request({ ":method": "POST", ":path": path, te: "trailers", ...headers });
  stream.on("error", () => undefined);
  const part = when === "request" ? body.subarray(0, Math.max(3, body.length >> 1)) : body;
  await new Promise((resolve) => (when === "request" ? stream.write(part, resolve) : stream.end(part, () => resolve(undefined))));
  session.destroy();
}
