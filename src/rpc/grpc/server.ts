/**
 * The gRPC listener: grpc-js, for internal callers.
 *
 * Messages cross grpc-js as bytes, and are decoded by the pipeline: grpc-js answers INTERNAL to a body that it cannot
 * parse, and parses before anybody has asked whether the caller may call. Measured at 33–35 µs of server CPU for an
 * empty call, against 150–160 µs for gRPC by connect-node.
 */
import { readFileSync } from "node:fs";
import { constants, type Http2Server, type ServerHttp2Session } from "node:http2";
import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  type ServiceDefinition,
  status as grpcStatus,
  type StatusObject,
} from "@grpc/grpc-js";
import { create, type DescMethod, type Message, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import type { LimitConnections } from "../../platform/connections/connection-limit.ts";
import { binaryOf } from "../../platform/cache/encode-once.ts";
import type { Failure } from "../../platform/errors/failure.ts";
import type { Logger } from "../../platform/telemetry/log.ts";
import { type Call, isStream, pathOf, type Rpc } from "../call.ts";
import { CallSignal } from "../call-signal.ts";
import { decodeBinary } from "../request/decode-binary.ts";
import { endWithAnswer } from "../bodies/end-with-answer.ts";
import { admitByHeaders, valueOf } from "./admission.ts";
import { countBody, streamOf } from "./body.ts";
import { correctGrpcHeaders } from "./headers.ts";
import { takeUpTo } from "./message-size.ts";
import { translateLibraryErrors } from "./library-errors.ts";
import { FAULT } from "../http/last-resort.ts";
import {
  MAX_REQUEST_BYTES,
  MAX_RESPONSE_BYTES,
  MAX_STREAMS_OF_CONNECTION,
  maxRequestBytesOf,
  STREAM_PATIENCE_MS,
  stopping,
} from "../limits.ts";
import { backpressured } from "../backpressure.ts";
import { detailsOf } from "../error-details.ts";
import { toFailure } from "../steps/errors.ts";

/** A dead peer is noticed within a minute, which frees its streams. */
const KEEPALIVE_MS = 30_000;
const KEEPALIVE_TIMEOUT_MS = 20_000;
/** What still runs then is cut, and its callers retry elsewhere. Longer than any healthy call. */
const DRAIN_MS = 8_000;
/** Header bytes of one call; tokens are under 1 KiB. */
const MAX_HEADER_BYTES = 16 * 1024;

export interface GrpcOptions {
  log: Logger;
  /** Streams end with UNAVAILABLE when it is aborted, so that a server can stop. */
  shutdownSignal: AbortSignal;
  /** How long a stream's client may take nothing of what waits for it. Default: a minute. */
  streamPatienceMs?: number | undefined;
}

export function grpcServer(
  rpcs: Rpc[],
  { log, shutdownSignal, streamPatienceMs = STREAM_PATIENCE_MS }: GrpcOptions,
): Server {
  const server = new Server({
    interceptors: [inOurWay(rpcs, { shutdownSignal, log })],
    // Nobody asks for channelz here, and its book-keeping took 6 % of an empty call.
    "grpc.enable_channelz": 0,
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
    "grpc.max_send_message_length": MAX_RESPONSE_BYTES,
    "grpc.max_metadata_size": MAX_HEADER_BYTES,
    "grpc.max_concurrent_streams": MAX_STREAMS_OF_CONNECTION,
    "grpc.keepalive_time_ms": KEEPALIVE_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
  });
  for (const [, ofService] of Map.groupBy(rpcs, (rpc) => rpc.method.parent)) {
    server.addService(
      Object.fromEntries(
        ofService.map(({ method }) => [method.name, definitionOf(method)]),
      ) satisfies ServiceDefinition,
      Object.fromEntries(
        ofService.map((rpc) => [
          rpc.method.name,
          isServerStream(rpc.method) ? streaming(rpc, { log, patienceMs: streamPatienceMs }) : unary(rpc, log),
        ]),
      ),
    );
  }
  return server;
}

/** Of every call, also of those that the health package serves; and of what grpc-js refuses by itself. */
function inOurWay(rpcs: Rpc[], { shutdownSignal, log }: GrpcOptions): ServerInterceptor {
  const byPath = new Map(rpcs.map((rpc) => [pathOf(rpc.method), rpc]));
  const open = new Set<ServerInterceptingCall>();
  shutdownSignal.addEventListener("abort", () => {
    for (const stream of open) stream.sendStatus(statusOf(stopping()));
  });
  return (method, call) => {
    const rpc = byPath.get(method.path);
    const takes = rpc === undefined ? MAX_REQUEST_BYTES : maxRequestBytesOf(rpc.method);
    if (takes !== MAX_REQUEST_BYTES) takeUpTo(call, takes);
    translateLibraryErrors(call, takes, statusOf);
    const counting = countBody(call, (failure) => call.sendStatus(statusOf(failure)));
    const served: ServerInterceptingCall = new ServerInterceptingCall(call, {
      start(next) {
        if (method.responseStream) open.add(served);
        next({
          onReceiveMetadata(metadata, goOn) {
            if (rpc === undefined) return goOn(metadata);
            const refuse = (failure: Failure): void => refuseUnread(rpc, { call, served, metadata, failure, log });
            admitByHeaders(rpc, metadata, { goOn: () => goOn(metadata), refuse });
          },
          onReceiveMessage(message, goOn) {
            // Of a stream of questions each is counted by itself.
            if (method.requestStream) counting.whole();
            goOn(message);
          },
          onCancel: () => open.delete(served),
        });
        // It was on its way when the others were ended.
        if (method.responseStream && shutdownSignal.aborted) served.sendStatus(statusOf(stopping()));
      },
      sendStatus(status, next) {
        open.delete(served);
        counting.end();
        next(status);
      },
    });
    return served;
  };
}

interface Unread {
  /** grpc-js's own, and the one around it. */
  call: ServerInterceptingCallInterface;
  served: ServerInterceptingCall;
  metadata: Metadata;
  failure: Failure;
  log: Logger;
}

/** Answers as the pipeline does, which finds the same in the headers, or else in the body that it cannot have. */
function refuseUnread({ method, run }: Rpc, { call: grpcCall, served, metadata, failure, log }: Unread): void {
  const heard = { metadata, getPeer: () => served.getPeer(), getDeadline: () => served.getDeadline() };
  const decode = (): never => {
    throw failure;
  };
  const call = {
    ...callOf(method, heard, decode),
    oversized: failure.reason === "MESSAGE_TOO_LARGE" ? failure : undefined,
  };
  const end = (status: StatusObject): void => {
    sendHeaders(served, call);
    endWithAnswer(streamOf(grpcCall));
    served.sendStatus(status);
  };
  run(call).then(
    () => end(lastResort(new TypeError(`${method.name} answered what it could not have read`), method, log)),
    (error: unknown) => end(statusOf(toFailure(error, call))),
  );
}

export interface GrpcListenOptions {
  host: string;
  port: number;
  /** Default: plain text. */
  tls?: { certFile: string; keyFile: string } | undefined;
  /** Default: as many as come. */
  limitConnections?: LimitConnections;
}

/** Starts listening; resolves with the port. */
export function listenGrpc(server: Server, { host, port, tls, limitConnections }: GrpcListenOptions): Promise<number> {
  const credentials =
    tls === undefined
      ? ServerCredentials.createInsecure()
      : ServerCredentials.createSsl(null, [
          { cert_chain: readFileSync(tls.certFile), private_key: readFileSync(tls.keyFile) },
        ]);
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error !== null) return reject(error);
      for (const http2 of http2ServersOf(server)) {
        limitConnections?.(http2);
        correctGrpcHeaders(http2);
      }
      resolve(bound);
    });
  });
}

/**
 * grpc-js offers no way to connections and headers but the HTTP/2 servers that it keeps for itself
 * (docs/upgrading.md).
 */
function http2ServersOf(server: Server): Http2Server[] {
  const servers: unknown = Reflect.get(server, "http2Servers");
  if (!(servers instanceof Map) || servers.size === 0)
    throw new TypeError("grpc-js keeps its HTTP/2 servers elsewhere now");
  return [...servers.keys()];
}

/** No new calls; those in flight finish, inside a bound. @returns whether connections had to be cut at its end */
export async function drainGrpc(server: Server): Promise<boolean> {
  // By TLS a connection that was there before may become a session only now; grpc-js asks those that are.
  for (const http2 of http2ServersOf(server)) http2.on("session", (session: ServerHttp2Session) => session.close());
  const drained = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  let wasCut = false;
  const timeout = setTimeout(() => {
    wasCut = true;
    server.forceShutdown();
  }, DRAIN_MS);
  await drained;
  clearTimeout(timeout);
  return wasCut;
}

function isServerStream(method: DescMethod): boolean {
  return method.methodKind === "server_streaming";
}

const asBytes = (bytes: Buffer): Buffer => bytes;

function definitionOf(method: DescMethod) {
  return {
    path: pathOf(method),
    requestStream: false,
    responseStream: isServerStream(method),
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  };
}

function unary({ method, run }: Rpc, log: Logger): handleUnaryCall<Buffer, Buffer> {
  const answer = async (grpcCall: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): Promise<void> => {
    const call = callOf(method, grpcCall, () => decodeBinary(method, grpcCall.request));
    // grpc-js also says "cancelled" when a call has ended well.
    let answered = false;
    grpcCall.on("cancelled", () => answered || call.signal.abort());
    try {
      const message = await run(call);
      if (isStream(message)) throw new TypeError(`${method.name} answered a unary call with a stream`);
      const bytes = bytesOf(method, message);
      sendHeaders(grpcCall, call);
      answered = true;
      callback(null, bytes);
    } catch (error) {
      sendHeaders(grpcCall, call);
      answered = true;
      callback(statusOf(toFailure(error, call)));
    }
  };
  return (grpcCall, callback) => {
    answer(grpcCall, callback).catch((error: unknown) => callback(lastResort(error, method, log)));
  };
}

function streaming(
  { method, run }: Rpc,
  { log, patienceMs }: { log: Logger; patienceMs: number },
): handleServerStreamingCall<Buffer, Buffer> {
  const answer = async (grpcCall: ServerWritableStream<Buffer, Buffer>): Promise<void> => {
    const call = callOf(method, grpcCall, () => decodeBinary(method, grpcCall.request));
    const flow = backpressured(grpcCall, { leaves: "cancelled", patienceMs, cut: () => cut(grpcCall) });
    grpcCall.on("cancelled", () => call.signal.abort());
    try {
      const messages = await run(call);
      if (!isStream(messages)) throw new TypeError(`${method.name} answered a stream with one message`);
      sendHeaders(grpcCall, call);
      for await (const message of messages) {
        if (!(await flow.write(bytesOf(method, message)))) break;
      }
      flow.ending();
      grpcCall.end();
    } catch (error) {
      flow.ending();
      sendHeaders(grpcCall, call);
      grpcCall.emit("error", statusOf(toFailure(error, call)));
    }
  };
  return (grpcCall) => {
    answer(grpcCall).catch((error: unknown) => grpcCall.emit("error", lastResort(error, method, log)));
  };
}

/** How a call ends whose refusal cannot be sent either. Unheeded it would end the process, and with it everybody's calls. */
function lastResort(error: unknown, method: DescMethod, log: Logger): StatusObject {
  log.error({ err: error, rpc: pathOf(method) }, FAULT);
  return { code: grpcStatus.INTERNAL, details: "Something went wrong on our side.", metadata: new Metadata() };
}

/**
 * grpc-js has no way for a server to cancel a call: a status waits behind the messages that nobody reads. Its HTTP/2
 * stream is where it keeps it for itself (docs/upgrading.md).
 */
export function cut(grpcCall: Pick<ServerWritableStream<Buffer, Buffer>, "getPeer">): void {
  const stream = ["call", "nextCall", "stream"].reduce<unknown>(
    (inner, name) => (isObject(inner) ? Reflect.get(inner, name) : undefined),
    grpcCall,
  );
  const close: unknown = isObject(stream) ? Reflect.get(stream, "close") : undefined;
  if (typeof close !== "function") throw new TypeError("grpc-js keeps a call's HTTP/2 stream elsewhere now");
  Reflect.apply(close, stream, [constants.NGHTTP2_CANCEL]);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

type Heard = Pick<ServerUnaryCall<Buffer, Buffer>, "metadata" | "getPeer" | "getDeadline">;

function callOf(method: DescMethod, grpcCall: Heard, decode: () => Message): Call {
  const deadline = Number(grpcCall.getDeadline());
  return {
    method,
    header: (name) => valueOf(grpcCall.metadata, name),
    peer: addressOf(grpcCall.getPeer()),
    answerHeaders: new Map(),
    decode,
    signal: new CallSignal(),
    deadline: Number.isFinite(deadline) ? deadline : undefined,
    requestId: "",
    caller: undefined,
    request: create(method.input),
  };
}

/** `127.0.0.1:4711` or `[::1]:4711`, without the port. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function bytesOf(method: DescMethod, message: Message): Buffer {
  const bytes = binaryOf(method.output, message);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function sendHeaders(grpcCall: Pick<ServerInterceptingCall, "sendMetadata">, call: Call): void {
  const metadata = new Metadata();
  for (const [name, value] of call.answerHeaders) metadata.set(name, value);
  grpcCall.sendMetadata(metadata);
}

/** No Error: grpc-js takes what is one apart again, and its stack costs as much as all the details (5 µs). */
export function statusOf(failure: Failure): StatusObject {
  const status = create(StatusSchema, {
    code: failure.code,
    message: failure.message,
    details: detailsOf(failure).map(({ desc, value }) => anyPack(desc, value)),
  });
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, status)));
  // gRPC's codes and Connect's are the same numbers.
  const code: number = failure.code;
  return { code, details: failure.message, metadata };
}
