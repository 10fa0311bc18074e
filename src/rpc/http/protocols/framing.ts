/**
 * Envelopes: a byte of flags, four bytes of length, a message. gRPC, gRPC-Web and Connect's streams all send these,
 * and differ in how they say the end.
 *
 * github.com/grpc/grpc: doc/PROTOCOL-HTTP2.md, doc/PROTOCOL-WEB.md; connectrpc.com/docs/protocol ("Streaming-RPCs").
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { endStreamFlag, endStreamToJson } from "@connectrpc/connect/protocol-connect";
import { parseTimeout, setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import { trailerFlag, trailerSerialize } from "@connectrpc/connect/protocol-grpc-web";
import type { Failure } from "../../../platform/errors/failure.ts";
import { connectTimeoutOf } from "./unary.ts";
import type { HttpRequest, HttpResponse } from "../handler.ts";
import { type Encoding, malformed, refuseCompressed } from "../body.ts";
import { toConnectError } from "../../error-details.ts";
import { fromText, letters, toText } from "./web-text.ts";

export const HEADER_BYTES = 5;
const COMPRESSED_FLAG = 1;
const TYPE = /^application\/(grpc-web-text|grpc-web|grpc|connect)(?:\+(proto|json))?\s*(?:;.*)?$/i;

/** How one of the protocols frames a call. */
export interface Framing {
  encoding: Encoding;
  contentType: string;
  /** The header that names the messages' compression. */
  compressionHeader: string;
  /** @throws Failure MALFORMED_REQUEST */
  timeoutMs: (request: HttpRequest) => number | undefined;
  /** How much more a body may have than a message of so many bytes. */
  overheadBytes: (messageBytes: number) => number;
  /** The one message of a body: no RPC of ours takes a stream. @throws Failure as fromEnvelope */
  read: (body: Buffer) => Buffer;
  /** An envelope of the answer. */
  write: (flags: number, bytes: Uint8Array) => Buffer;
  /** Says how the call went and ends the answer. */
  end: (response: HttpResponse, failure: Failure | undefined) => void;
}

/** The framing that a POST asks for, or undefined when its content type is none that its RPC is served by. */
export function framingOf(method: DescMethod, request: HttpRequest): Framing | undefined {
  const [contentType, protocol, codec] = TYPE.exec(request.headers["content-type"] ?? "") ?? [];
  if (contentType === undefined || request.method !== "POST") return undefined;
  const shared = { contentType, encoding: codec?.toLowerCase() === "json" ? "json" : "proto" } as const;
  switch (protocol?.toLowerCase()) {
    case "grpc-web":
      return {
        ...shared,
        ...binary,
        compressionHeader: "grpc-encoding",
        timeoutMs: grpcTimeoutOf,
        end: endGrpcWeb(inEnvelope),
      };
    case "grpc-web-text":
      return {
        ...shared,
        ...text,
        compressionHeader: "grpc-encoding",
        timeoutMs: grpcTimeoutOf,
        end: endGrpcWeb(text.write),
      };
    case "grpc":
      // HTTP/1.1 has no trailers that clients read.
      if (request.httpVersionMajor < 2) return undefined;
      return { ...shared, ...binary, compressionHeader: "grpc-encoding", timeoutMs: grpcTimeoutOf, end: endGrpc };
    case "connect":
      if (method.methodKind === "unary" || codec === undefined) return undefined;
      return {
        ...shared,
        ...binary,
        compressionHeader: "connect-content-encoding",
        timeoutMs: connectTimeoutOf,
        end: endConnect,
      };
    default:
      return undefined;
  }
}

type Wire = Pick<Framing, "overheadBytes" | "read" | "write">;

const binary: Wire = { overheadBytes: () => HEADER_BYTES, read: fromEnvelope, write: inEnvelope };

const text: Wire = {
  overheadBytes: (messageBytes) => letters(HEADER_BYTES + messageBytes) - messageBytes,
  read: (body) => fromEnvelope(fromText(body)),
  write: (flags, bytes) => toText(inEnvelope(flags, bytes)),
};

export function inEnvelope(flags: number, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(flags, 0);
  header.writeUInt32BE(bytes.byteLength, 1);
  return Buffer.concat([header, bytes]);
}

/** The one message of a body. @throws Failure MALFORMED_REQUEST, UNKNOWN_COMPRESSION */
function fromEnvelope(body: Buffer): Buffer {
  if (body.length < HEADER_BYTES)
    throw malformed("the body holds no whole message: five bytes of flags and length, then the message");
  const flags = body.readUInt8(0);
  if ((flags & COMPRESSED_FLAG) !== 0) refuseCompressed("named by the message's flag");
  if (flags !== 0) throw malformed(`the flags of the message are ${flags}; they must be 0`);
  const length = body.readUInt32BE(1);
  if (body.length !== HEADER_BYTES + length) {
    throw malformed(
      `the body has ${body.length - HEADER_BYTES} bytes after the message's length, which is ${length}; send one message`,
    );
  }
  return body.subarray(HEADER_BYTES);
}

function grpcTimeoutOf(request: HttpRequest): number | undefined {
  const header = [request.headers["grpc-timeout"]].flat().join(", ");
  const { timeoutMs, error } = parseTimeout(header === "" ? null : header, Number.POSITIVE_INFINITY);
  if (error !== undefined)
    throw malformed("grpc-timeout must be at most eight digits and one of the units H, M, S, m, u, n");
  return timeoutMs;
}

function statusHeaders(failure: Failure | undefined): Headers {
  const headers = new Headers();
  setTrailerStatus(headers, failure === undefined ? undefined : toConnectError(failure));
  return headers;
}

function endGrpcWeb(write: Framing["write"]): Framing["end"] {
  return (response, failure) => {
    response.end(write(trailerFlag, trailerSerialize(statusHeaders(failure))));
  };
}

/** Without a message before it, the status stands among the headers ("Trailers-Only"). */
function endGrpc(response: HttpResponse, failure: Failure | undefined): void {
  const status = Object.fromEntries(statusHeaders(failure));
  if (response.headersSent) response.addTrailers(status);
  else for (const [name, value] of Object.entries(status)) response.setHeader(name, value);
  response.end();
}

function endConnect(response: HttpResponse, failure: Failure | undefined): void {
  const end = endStreamToJson(new Headers(), failure === undefined ? undefined : toConnectError(failure), undefined);
  response.end(inEnvelope(endStreamFlag, Buffer.from(JSON.stringify(end))));
}
