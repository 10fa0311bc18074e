/**
 * Unary Connect over plain HTTP: read the body, run the pipeline, write the answer in one go.
 *
 * The protocol is connectrpc.com/docs/protocol ("Unary-Request", "Unary-Get-Request"); error bodies and status codes
 * are connect-es's own functions, which are exported but not public (docs/upgrading.md).
 */
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { codeToHttpStatus, errorToJson } from "@connectrpc/connect/protocol-connect";
import { binaryOf, jsonOf } from "../../../platform/cache/encode-once.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { type Call, isStream, type Rpc } from "../../call.ts";
import type { HttpRequest, HttpResponse } from "../handler.ts";
import { type Body, encode, type Encoding, malformed, refuseCompressed } from "../body.ts";
import { goneSignal, toCall } from "./to-call.ts";
import { type Exchange, readBody } from "../read-body.ts";
import { isGet, type ResponseCache } from "../response-cache.ts";
import { toConnectError } from "../../error-details.ts";
import { toFailure } from "../../steps/errors.ts";

/** RFC 9110 media types of the two encodings, parameters (charset) allowed. */
const POST_TYPE = /^application\/(json|proto)\s*(?:;.*)?$/i;
/** Connect-Timeout-Ms: at most ten digits. */
const TIMEOUT = /^\d{1,10}$/;

/** Whether the request is unary Connect. */
export function isUnaryConnect(method: DescMethod, request: HttpRequest): boolean {
  if (method.methodKind !== "unary") return false;
  if (isGet(request)) return isRead(method);
  return request.method === "POST" && POST_TYPE.test(request.headers["content-type"] ?? "");
}

export async function answerUnary(
  { rpc, ready }: { rpc: Rpc; ready: ResponseCache },
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const { method, run } = rpc;
  const signal = goneSignal(response);
  const body = await read(rpc, { request, response, signal }).catch((error: unknown) =>
    toFailure(error, { requestId: "" }),
  );
  const call = toCall(method, request, { body, signal, timeoutOf: connectTimeoutOf });
  try {
    const answer = await run(call);
    if (isStream(answer) || body instanceof Failure)
      throw new TypeError(`${method.name} answered what it could not have read`);
    const sent = { status: 200, type: `application/${body.encoding}`, call };
    if (!isGet(request)) send(response, { ...sent, body: contentOf(method, body.encoding, answer) });
    else if (!isOver(response))
      ready.send(request, response, { ...sent, bytes: encode(method, body.encoding, answer) });
  } catch (error) {
    const failure = toFailure(error, call);
    const content = JSON.stringify(errorToJson(toConnectError(failure), undefined));
    send(response, { status: codeToHttpStatus(failure.code), type: "application/json", body: content, call });
  }
}

/** @throws Failure MALFORMED_REQUEST, UNKNOWN_COMPRESSION, and what readBody throws */
async function read(rpc: Rpc, exchange: Exchange): Promise<Body> {
  const { request } = exchange;
  const timeoutMs = connectTimeoutOf(request);
  const version = request.headers["connect-protocol-version"];
  if (version !== undefined && version !== "1")
    throw malformed(`connect-protocol-version must be 1, not ${String(version)}`);
  if (isGet(request)) return { ...readQuery(request), timeoutMs };
  refuseCompressed(request.headers["content-encoding"]);
  const encoding =
    POST_TYPE.exec(request.headers["content-type"] ?? "")?.[1]?.toLowerCase() === "proto" ? "proto" : "json";
  return { encoding, bytes: await readBody(rpc, exchange), timeoutMs };
}

/** @throws Failure MALFORMED_REQUEST */
export function connectTimeoutOf(request: HttpRequest): number | undefined {
  const header = request.headers["connect-timeout-ms"];
  if (header === undefined) return undefined;
  if (typeof header !== "string" || !TIMEOUT.test(header))
    throw malformed("connect-timeout-ms must be a whole number of milliseconds");
  return Number(header);
}

function readQuery(request: HttpRequest): Omit<Body, "timeoutMs"> {
  const parameters = new URL(request.url ?? "", "http://localhost").searchParams;
  const encoding = parameters.get("encoding");
  const message = parameters.get("message");
  refuseCompressed(parameters.get("compression"));
  if (encoding !== "json" && encoding !== "proto")
    throw malformed("a GET needs the query parameter encoding=json or encoding=proto");
  if (message === null) throw malformed("a GET needs the query parameter message");
  return { encoding, bytes: Buffer.from(message, parameters.get("base64") === "1" ? "base64url" : "utf8") };
}

interface Outcome {
  status: number;
  type: string;
  /** Text, where it is text: Node sends it in one piece with the headers, which spares a fifth of the sending. */
  body: string | Uint8Array;
  call: Call;
}

function send(response: HttpResponse, { status, type, body, call }: Outcome): void {
  if (isOver(response)) return;
  response.statusCode = status;
  response.setHeader("content-type", type);
  response.setHeader("content-length", Buffer.byteLength(body));
  for (const [name, value] of call.answerHeaders) response.setHeader(name, value);
  // When the turn ends, right behind one another: a client on this machine is woken by the first of them and not by each.
  setImmediate(() => response.end(body));
}

function contentOf(method: DescMethod, encoding: Encoding, answer: Message): string | Uint8Array {
  return encoding === "json" ? jsonOf(method.output, answer) : binaryOf(method.output, answer);
}

function isOver(response: HttpResponse): boolean {
  return response.destroyed || response.writableEnded;
}

export function isRead(method: DescMethod): boolean {
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}
