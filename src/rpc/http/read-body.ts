/** Reads the body of an HTTP request inside its bounds, or refuses it before anything of it is read. */
import { Failure } from "../../platform/errors/failure.ts";
import { bodyBudget } from "../bodies/body-budget.ts";
import type { Rpc } from "../call.ts";
import type { CallSignal } from "../call-signal.ts";
import type { HttpRequest, HttpResponse } from "./handler.ts";
import { headerOf } from "./protocols/to-call.ts";
import { MAX_DISCARDED_BYTES, maxRequestBytesOf, messageTooLarge } from "../limits.ts";

export interface Exchange {
  request: HttpRequest;
  response: HttpResponse;
  /** Aborted when its caller has left. */
  signal: CallSignal;
}

/**
 * The body of a call, if its headers are those of somebody who may call.
 *
 * What is not read is thrown away behind the answer: HTTP/2's stream ends with it, and HTTP/1.1's connection goes on
 * behind the rest, because a client that still sends does not read a refusal whose connection is cut.
 * @param headerBytes what may come on top of the message: an envelope's header, and what base64 adds
 * @throws Failure what the RPC's admission throws, and readAll
 */
export async function readBody(
  { method, admit }: Pick<Rpc, "method" | "admit">,
  exchange: Exchange,
  headerBytes = 0,
): Promise<Buffer> {
  const { request } = exchange;
  const bounds = { maxBytes: maxRequestBytesOf(method), headerBytes };
  refuseDeclared(exchange, bounds);
  if (admit !== undefined) await admit((name) => headerOf(request, name));
  return readAll(exchange, bounds);
}

interface Bounds {
  maxBytes: number;
  headerBytes: number;
}

function refuseDeclared({ request, response }: Exchange, { maxBytes, headerBytes }: Bounds): void {
  const declaredBytes = Number(request.headers["content-length"] ?? 0);
  if (declaredBytes > MAX_DISCARDED_BYTES) closeBehind(response);
  if (declaredBytes > maxBytes + headerBytes) throw messageTooLarge(maxBytes);
}

/**
 * Of a body that turns out to be too large nothing is kept. It is read on for a while all the same; past
 * MAX_DISCARDED_BYTES its connection ends with the refusal.
 */
function readAll({ request, response, signal }: Exchange, { maxBytes, headerBytes }: Bounds): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // While somebody looked at its token.
  if (signal.aborted) return Promise.reject(gone());
  const chunks: Buffer[] = [];
  let bytes = 0;
  let givenUp = false;
  const giveUp = (failure: Failure): void => {
    givenUp = true;
    chunks.length = 0;
    closeBehind(response);
    reject(failure);
  };
  const incoming = bodyBudget.begin(giveUp);
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (givenUp || bytes > maxBytes + headerBytes) {
      chunks.length = 0;
    } else {
      chunks.push(chunk);
      incoming.take(chunk.length);
    }
    if (bytes > MAX_DISCARDED_BYTES) giveUp(messageTooLarge(maxBytes));
  });
  request.once("end", () => {
    incoming.end();
    if (bytes > maxBytes + headerBytes) reject(messageTooLarge(maxBytes));
    else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
  });
  request.once("error", (error) => reject(gone(error)));
  // Every request closes; a failure with its stack, made for nobody, took 3 % of the API's time.
  request.once("close", () => {
    incoming.end();
    if (!request.readableEnded) reject(gone());
  });
  return promise;
}

/** Of HTTP/1.1; a stream of HTTP/2 ends with its answer in any case. */
function closeBehind(response: HttpResponse): void {
  if (!("stream" in response) && !response.headersSent) response.setHeader("connection", "close");
}

function gone(cause?: unknown): Failure {
  return new Failure("CANCELED", "The caller went away.", { cause });
}
