/** Bodies of HTTP requests and answers: read inside a bound, and between bytes and messages in both encodings. */
import { constants } from "node:http2";
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { binaryOf, jsonOf } from "../../platform/cache/encode-once.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { bodyBudget } from "../body-budget.ts";
import { decodeBinary } from "../request/decode-binary.ts";
import type { HttpRequest } from "./handler.ts";
import { MAX_DISCARDED_BYTES, messageTooLarge } from "../limits.ts";
import { fromRequestJson } from "../request/json-form.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

export type Encoding = "json" | "proto";

/** What a request brought, before anybody has looked into its message. */
export interface Body {
  encoding: Encoding;
  bytes: Uint8Array;
  timeoutMs: number | undefined;
}

/**
 * Nothing is kept of a body that is too large, by the length that it declares or by what came of it. It is read on and
 * thrown away for a while, because a client that still sends does not read the refusal; past MAX_DISCARDED_BYTES the
 * connection is closed on it.
 * @param headerBytes what may come on top of the message: an envelope's header
 * @throws Failure MESSAGE_TOO_LARGE, CANCELED; TOO_BUSY, DEADLINE_EXCEEDED when it is given up
 */
export function readAll(request: HttpRequest, maxBytes: number, headerBytes = 0): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const declaredBytes = Number(request.headers["content-length"] ?? 0);
  const isTooLarge = (size: number) => size > headerBytes + maxBytes;
  if (declaredBytes > MAX_DISCARDED_BYTES) reject(messageTooLarge(maxBytes));
  const chunks: Buffer[] = [];
  let bytes = 0;
  let givenUp = false;
  const incoming = bodyBudget.begin((failure) => {
    givenUp = true;
    chunks.length = 0;
    reject(failure);
    closeBehindAnswer(request);
  });
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (givenUp || isTooLarge(Math.max(bytes, declaredBytes))) {
      chunks.length = 0;
    } else {
      chunks.push(chunk);
      incoming.take(chunk.length);
    }
    if (bytes > MAX_DISCARDED_BYTES) reject(messageTooLarge(maxBytes));
  });
  request.once("end", () => {
    incoming.end();
    if (isTooLarge(bytes)) reject(messageTooLarge(maxBytes));
    else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
  });
  request.once("error", (error) => reject(new Failure("CANCELED", "The caller went away.", { cause: error })));
  // Every request closes; a failure with its stack, made for nobody, took 3 % of the API's time.
  request.once("close", () => {
    incoming.end();
    if (!request.readableEnded) reject(new Failure("CANCELED", "The caller went away."));
  });
  return promise;
}

/** HTTP/2's stream would stay open for as long as its sender likes; a connection of HTTP/1.1 ends with its answer. */
function closeBehindAnswer(request: HttpRequest): void {
  if (!("stream" in request)) return;
  const { stream } = request;
  stream.once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
}

/** @throws Failure UNKNOWN_COMPRESSION */
export function refuseCompressed(encoding: string | string[] | null | undefined): void {
  // Names of codings have no case (RFC 9110, 8.4.1).
  if (["", "identity"].includes([encoding ?? ""].flat().join(",").trim().toLowerCase())) return;
  throw new Failure("UNKNOWN_COMPRESSION", "Requests are read as they are. Send the body without compression.");
}

/** @throws Failure MALFORMED_REQUEST, INVALID_FIELDS */
export function decode(method: DescMethod, { encoding, bytes }: Body): Message {
  if (encoding === "proto") return decodeBinary(method, bytes);
  if (bytes.length === 0) throw malformed("the body is empty; an empty message is {}");
  try {
    return fromRequestJson(method.input, utf8.decode(bytes));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw malformed(
      `the body is not a ${method.input.typeName} in protobuf's JSON form: ${parseErrorOf(error)}`,
      error,
    );
  }
}

export function encode(method: DescMethod, encoding: Encoding, message: Message): Uint8Array {
  if (encoding === "proto") return binaryOf(method.output, message);
  return Buffer.from(jsonOf(method.output, message));
}

/** What the parser says names fields and values of the caller's own message; it is how a person finds a typo. */
function parseErrorOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : "";
}

export function malformed(what: string, cause?: unknown): Failure {
  return new Failure("MALFORMED_REQUEST", `${what.charAt(0).toUpperCase()}${what.slice(1)}.`, { cause });
}
