/**
 * Health and reflection on PORT, which pass no pipeline: connect-node's handlers, by path.
 *
 * Not its adapter, which throws before there is a promise to catch where a request names no host that a URL can have,
 * and writes to the console.
 */
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  createContextKey,
  createContextValues,
} from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { counted } from "./counted-body.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../handler.ts";
import { checkedBody } from "./checked-body.ts";
import { MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES } from "../../limits.ts";
import { toConnectError } from "../../error-details.ts";
import { MAX_TIMEOUT_MS } from "../../steps/deadline.ts";

/** What a handler may look at beside its messages. */
export const ASKED = createContextKey<{ request: HttpRequest; whole: () => void } | undefined>(undefined);

export interface LibraryHandlerOptions {
  routes: (router: ConnectRouter) => void;
  /** Streams end with UNAVAILABLE when it is aborted, so that a server can stop. */
  shutdownSignal: AbortSignal;
}

export function libraryHandlers({ routes, shutdownSignal }: LibraryHandlerOptions): Map<string, HttpHandler> {
  const router = createConnectRouter({
    // Compressing at the edge is cheaper: gzip of an answer costs 150–170 µs here.
    acceptCompression: [],
    readMaxBytes: MAX_REQUEST_BYTES,
    writeMaxBytes: MAX_RESPONSE_BYTES,
    maxTimeoutMs: MAX_TIMEOUT_MS,
    shutdownSignal,
  });
  routes(router);
  return new Map(router.handlers.map((handle) => [handle.requestPath, handlerOf(handle)]));
}

function handlerOf(handle: ConnectRouter["handlers"][number]): HttpHandler {
  return async (request, response) => {
    if (!namesHost(request)) return refuseHost(response);
    const asked = universalRequestFromNodeRequest(request, response, undefined, undefined);
    const { chunks, whole } = counted(bytesOf(asked), toConnectError);
    response.once("close", whole);
    const contentType = request.headers["content-type"] ?? "";
    const body = checkedBody(chunks, { input: handle.method.input, contentType });
    const contextValues = createContextValues().set(ASKED, { request, whole });
    try {
      await universalResponseToNodeResponse(await handle({ ...asked, body, contextValues }), response);
    } catch (error) {
      if (!GONE.has(ConnectError.from(error).code)) throw error;
    }
  };
}

function bytesOf({ body }: ReturnType<typeof universalRequestFromNodeRequest>): AsyncIterable<Uint8Array> {
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body))
    throw new TypeError("connect-node has read the body already");
  return body;
}

/** A client that left, which is no fault of ours. */
const GONE = new Set([Code.Aborted, Code.Canceled]);

/** RFC 9112, 3.2: without a valid one a request is answered by 400. */
function namesHost(request: HttpRequest): boolean {
  const host = "authority" in request ? request.authority : request.headers.host;
  return host !== undefined && URL.canParse(`http://${host}`);
}

function refuseHost(response: HttpResponse): void {
  response.statusCode = 400;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.end("The request must name a host.\n");
}
