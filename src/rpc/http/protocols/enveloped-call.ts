/**
 * gRPC-Web, gRPC over HTTP/2 and Connect's streams on PORT: one message in, one or many out, then how it went.
 *
 * Not by connect-node, because it parses a body before anybody has asked whether the caller may call, and answers
 * INTERNAL, without details, to one that it cannot parse.
 */
import { Code } from "@connectrpc/connect";
import type { Message } from "@bufbuild/protobuf";
import type { Failure } from "../../../platform/errors/failure.ts";
import { type Answer, type Call, isStream, type Rpc } from "../../call.ts";
import type { Framing } from "./framing.ts";
import type { HttpRequest, HttpResponse } from "../handler.ts";
import { type Body, encode, refuseCompressed } from "../body.ts";
import { goneSignal, toCall } from "./to-call.ts";
import { type Exchange, readBody } from "../read-body.ts";
import { maxRequestBytesOf, stopping } from "../../limits.ts";
import { type BackpressuredWriter, backpressured } from "../../backpressure.ts";
import { toFailure } from "../../steps/errors.ts";

export interface Enveloped {
  rpc: Rpc;
  framing: Framing;
  /** Streams end with UNAVAILABLE when it is aborted, so that a server can stop. */
  shutdownSignal: AbortSignal;
  /** How long a stream's client may take nothing of what waits for it. */
  streamPatienceMs: number;
}

export async function answerEnveloped(
  { rpc, framing, shutdownSignal, streamPatienceMs: patienceMs }: Enveloped,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const signal = goneSignal(response);
  const streams = rpc.method.methodKind !== "unary";
  const stop = () => signal.abort();
  if (streams && shutdownSignal.aborted) stop();
  else if (streams) shutdownSignal.addEventListener("abort", stop);
  const body = await read(rpc, { request, response, signal }, framing).catch((error: unknown) =>
    toFailure(error, { requestId: "" }),
  );
  const call = toCall(rpc.method, request, { body, signal, timeoutOf: framing.timeoutMs });
  const flow = backpressured(response, { leaves: "close", patienceMs, cut: () => response.destroy() });
  const failure = await send({ rpc, call, framing, response, flow });
  shutdownSignal.removeEventListener("abort", stop);
  if (response.destroyed) return;
  if (!response.headersSent) begin(response, framing, call);
  if (streams) flow.ending();
  framing.end(response, streams && shutdownSignal.aborted ? asShutdown(failure) : failure);
}

async function read(rpc: Rpc, exchange: Exchange, framing: Framing): Promise<Body> {
  const { request } = exchange;
  const timeoutMs = framing.timeoutMs(request);
  refuseCompressed(request.headers[framing.compressionHeader]);
  const body = await readBody(rpc, exchange, framing.overheadBytes(maxRequestBytesOf(rpc.method)));
  return { encoding: framing.encoding, bytes: framing.read(body), timeoutMs };
}

interface Sending {
  rpc: Rpc;
  call: Call;
  framing: Framing;
  response: HttpResponse;
  flow: BackpressuredWriter;
}

/** Sends the messages; what went wrong is for the end of the answer. */
async function send({ rpc: { method, run }, call, framing, response, flow }: Sending): Promise<Failure | undefined> {
  try {
    const answer = await run(call);
    if (isStream(answer) === (method.methodKind === "unary"))
      throw new TypeError(`${method.name} answered in the wrong number of messages`);
    for await (const message of messagesOf(answer)) {
      const bytes = framing.write(0, encode(method, framing.encoding, message));
      if (response.destroyed) return undefined;
      if (!response.headersSent) begin(response, framing, call);
      if (!(await flow.write(bytes))) return undefined;
    }
    return undefined;
  } catch (error) {
    return toFailure(error, call);
  }
}

async function* messagesOf(answer: Answer): AsyncIterable<Message> {
  if (isStream(answer)) yield* answer;
  else yield answer;
}

function begin(response: HttpResponse, { contentType }: Framing, call: Call): void {
  response.statusCode = 200;
  response.setHeader("content-type", contentType);
  for (const [name, value] of call.answerHeaders) response.setHeader(name, value);
}

function asShutdown(failure: Failure | undefined): Failure {
  return failure === undefined || failure.code === Code.Canceled ? stopping() : failure;
}
