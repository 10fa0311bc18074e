/**
 * Requests byte by byte, by each protocol, and what came back.
 *
 * No client library between: what one would not send is what is tried, and what one would hide is what is looked at.
 */
import { Agent, request as httpRequest } from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { type DescMethod, fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { endStreamFlag, endStreamFromJson, errorFromJsonBytes } from "@connectrpc/connect/protocol-connect";
import { findTrailerError } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerParse } from "@connectrpc/connect/protocol-grpc-web";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { pathOf } from "../../src/rpc/call.ts";
import { isRead } from "../../src/rpc/http/protocols/unary.ts";
import { inEnvelope } from "../../src/rpc/http/protocols/framing.ts";
import { fromLetters } from "../support/letters.ts";

const WAYS = ["gRPC", "Connect JSON", "Connect binary", "gRPC-Web", "GET JSON", "GET binary"] as const;
export type Way = (typeof WAYS)[number];

/** By which ways the RPC is called: reads by GET too. */
export function waysTo(method: DescMethod): Way[] {
  const byGet = method.methodKind === "unary" && isRead(method);
  return WAYS.filter((way) => byGet || !way.startsWith("GET"));
}

export function isJson(way: Way): boolean {
  return way.endsWith("JSON");
}

/** Whether the messages stand in frames that say how long they are. */
export function inFrames({ methodKind }: DescMethod, way: Way): boolean {
  return methodKind !== "unary" || way.startsWith("gRPC");
}

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface RequestOptions {
  token: string | undefined;
  /** The caller's deadline; of streams, which have no other end. */
  timeoutMs: number | undefined;
}

/** The request that carries the message's bytes to the RPC. */
export function requestOf(
  method: DescMethod,
  way: Way,
  bytes: Uint8Array,
  { token, timeoutMs }: RequestOptions,
): Request {
  const headers = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    // By both names: with another content type it is a request of another protocol.
    ...(timeoutMs === undefined ? {} : { "grpc-timeout": `${timeoutMs}m`, "connect-timeout-ms": String(timeoutMs) }),
  };
  if (way.startsWith("GET")) {
    const message = Buffer.from(bytes).toString("base64url");
    const query = `encoding=${isJson(way) ? "json" : "proto"}&base64=1&message=${message}&connect=v1`;
    return { method: "GET", path: `${pathOf(method)}?${query}`, headers, body: Buffer.alloc(0) };
  }
  const connect = inFrames(method, way) ? "application/connect+" : "application/";
  const types = {
    gRPC: "application/grpc",
    "gRPC-Web": "application/grpc-web+proto",
    "Connect JSON": `${connect}json`,
    "Connect binary": `${connect}proto`,
  };
  return {
    method: "POST",
    path: pathOf(method),
    headers: { ...headers, "content-type": types[way as keyof typeof types] },
    body: inFrames(method, way) ? inEnvelope(0, bytes) : Buffer.from(bytes),
  };
}

export interface Outcome {
  /** OK, the name of a code, or `HTTP 415` where the answer is in none of the protocols. */
  code: string;
  reason?: string;
  domain?: string;
  text?: string;
  /** What BadRequest names. */
  fields: string[];
}

export interface Wire {
  send(rpc: DescMethod, way: Way, request: Request): Promise<Outcome>;
  /** Begins the request and leaves: in its middle, or before the answer is read. */
  cut(way: Way, request: Request, when: "request" | "answer"): Promise<void>;
  close(): void;
}

/** Longer than any call takes, also on a busy machine: what hangs is a finding. */
const HANGS_MS = 60_000;

export function wireTo({ port, grpcPort }: { port: number; grpcPort: number }): Wire {
  const agent = new Agent({ keepAlive: true });
  let session: ClientHttp2Session | undefined;
  // A server may end a connection on which it was sent nonsense.
  const open = (): ClientHttp2Session => {
    if (session === undefined || session.closed || session.destroyed)
      session = connectHttp2(`http://127.0.0.1:${grpcPort}`).on("error", () => undefined);
    return session;
  };
  return {
    async send(rpc, way, request) {
      const answer = way === "gRPC" ? await askHttp2(open(), request) : await askHttp1({ agent, port }, request);
      return outcomeOf(rpc, answer);
    },
    cut: (way, request, when) => (way === "gRPC" ? cutHttp2(grpcPort, request, when) : cutHttp1(port, request, when)),
    close() {
      agent.destroy();
      session?.close();
    },
  };
}

interface Answer {
  status: number;
  headers: Headers;
  trailers: Headers;
  body: Buffer;
}

function askHttp1(
  { agent, port }: { agent: Agent; port: number },
  { method, path, headers, body }: Request,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest(
    { agent, port, method, path, headers: { ...headers, "content-length": body.length }, timeout: HANGS_MS },
    (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: headersOf(response.headers),
          trailers: headersOf(response.trailers),
          body: Buffer.concat(chunks),
        }),
      );
    },
  );
  request.once("timeout", () => request.destroy(new Error(`${path} hangs`)));
  request.once("error", reject);
  request.end(body);
  return promise;
}

function askHttp2(session: ClientHttp2Session, { method, path, headers, body }: Request): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const stream = session.request(
    { ":method": method, ":path": path, te: "trailers", ...headers },
    { endStream: false },
  );
  const answer: Answer = { status: 0, headers: new Headers(), trailers: new Headers(), body: Buffer.alloc(0) };
  const chunks: Buffer[] = [];
  stream.setTimeout(HANGS_MS, () => stream.destroy(new Error(`${path} hangs`)));
  stream.on("response", (head) => Object.assign(answer, { status: head[":status"] ?? 0, headers: headersOf(head) }));
  stream.on("trailers", (trailers) => (answer.trailers = headersOf(trailers)));
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.once("error", reject);
  stream.once("close", () => resolve({ ...answer, body: Buffer.concat(chunks) }));
  stream.end(body);
  return promise;
}

function headersOf(headers: IncomingHttpHeaders | NodeJS.Dict<string>): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      name.startsWith(":") || value === undefined ? [] : [[name, String(value)]],
    ),
  );
}

/** @throws when an answer is not what its content type says */
function outcomeOf({ methodKind, output }: DescMethod, answer: Answer): Outcome {
  const type = answer.headers.get("content-type") ?? "";
  const decode = (bytes: Uint8Array) =>
    void (type.endsWith("json") ? fromJsonString(output, Buffer.from(bytes).toString()) : fromBinary(output, bytes));
  const webBody = () =>
    type.startsWith("application/grpc-web-text") ? fromLetters(answer.body.toString("latin1")) : answer.body;
  if (type.startsWith("application/grpc-web"))
    return framed(webBody(), decode, (flags, bytes) =>
      flags === trailerFlag ? told(findTrailerError(trailerParse(bytes))) : undefined,
    );
  if (type.startsWith("application/connect+"))
    return framed(answer.body, decode, (flags, bytes) =>
      flags === endStreamFlag ? told(endStreamFromJson(bytes).error) : undefined,
    );
  if (type.startsWith("application/grpc")) return grpcOutcome(answer, decode);
  if (answer.status === 200 && /^application\/(json|proto)/.test(type) && methodKind === "unary") {
    decode(answer.body);
    return told(undefined);
  }
  const plain = { code: `HTTP ${answer.status}`, fields: [] };
  if (!type.startsWith("application/json")) return plain;
  return told(errorFromJsonBytes(answer.body, undefined, new ConnectError(answer.body.toString(), Code.Unknown)));
}

function grpcOutcome({ status, headers, trailers, body }: Answer, decode: (bytes: Uint8Array) => void): Outcome {
  const end = trailers.has("grpc-status") ? trailers : headers;
  if (!end.has("grpc-status")) return { code: `HTTP ${status} without grpc-status`, fields: [] };
  return framed(body, decode, (flags) => (flags === undefined ? told(findTrailerError(end)) : undefined));
}

/** Reads the messages of a body; `end` is asked what each frame says of the end, and at last with no frame. */
function framed(
  body: Buffer,
  decode: (bytes: Uint8Array) => void,
  end: (flags: number | undefined, bytes: Uint8Array) => Outcome | undefined,
): Outcome {
  for (let rest = body; rest.length > 0;) {
    const length = rest.readUInt32BE(1);
    const bytes = rest.subarray(5, 5 + length);
    const ended = end(rest.readUInt8(0), bytes);
    if (ended !== undefined) return ended;
    decode(bytes);
    rest = rest.subarray(5 + length);
  }
  return end(undefined, new Uint8Array(0)) ?? { code: "an answer without end", fields: [] };
}

function told(error: ConnectError | undefined): Outcome {
  if (error === undefined) return { code: "OK", fields: [] };
  const [info] = error.findDetails(ErrorInfoSchema);
  const fields = error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
  return {
    code: Code[error.code],
    text: error.rawMessage,
    fields,
    ...(info === undefined ? {} : { reason: info.reason, domain: info.domain }),
  };
}

function cutHttp1(port: number, { method, path, headers, body }: Request, when: "request" | "answer"): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const length = body.length + (when === "request" ? 100 : 0);
  const request = httpRequest({ port, method, path, headers: { ...headers, "content-length": length } });
  request.on("error", () => resolve());
  request.on("close", () => resolve());
  request.write(body.length === 0 ? " " : body, () => request.destroy());
  return promise;
}

async function cutHttp2(
  port: number,
  { method, path, headers, body }: Request,
  when: "request" | "answer",
): Promise<void> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const stream = session.request({ ":method": method, ":path": path, te: "trailers", ...headers });
  stream.on("error", () => undefined);
  const part = when === "request" ? body.subarray(0, Math.max(3, body.length >> 1)) : body;
  await new Promise((resolve) =>
    when === "request" ? stream.write(part, resolve) : stream.end(part, () => resolve(undefined)),
  );
  session.destroy();
}
