/**
 * The HTTP listener's RPCs: Connect in JSON and binary, Connect GET, gRPC-Web, and gRPC over HTTP/2.
 *
 * Our own RPCs are answered by unary.ts and enveloped-call.ts: 16 µs of server CPU for plain Connect against 60–70 µs
 * through connect-node, and every refusal, also of a body that is no message, passes the pipeline and carries our
 * details. Health and reflection, which pass no pipeline, are left to connect-node (library-handlers.ts).
 */
import type { ConnectRouter } from "@connectrpc/connect";
import type { DescMethod } from "@bufbuild/protobuf";
import { pathOf, type Rpc } from "../../call.ts";
import { answerUnary, isRead, isUnaryConnect } from "./unary.ts";
import { answerEnveloped } from "./enveloped-call.ts";
import { framingOf } from "./framing.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "../handler.ts";
import { STREAM_PATIENCE_MS } from "../../limits.ts";
import { ResponseCache } from "../response-cache.ts";
import { libraryHandlers } from "./library-handlers.ts";

export interface ConnectOptions {
  rpcs: Rpc[];
  /** Streams end with UNAVAILABLE when it is aborted, so that a server can stop. */
  shutdownSignal: AbortSignal;
  /** How long a stream's client may take nothing of what waits for it. Default: a minute. */
  streamPatienceMs?: number | undefined;
  /** Services that pass no pipeline: health and reflection. */
  more: (router: ConnectRouter) => void;
  /** Whether a caller who did not sign in may have one more answer that is ready. */
  admits: (request: HttpRequest) => boolean;
  /** Answers what is no RPC. */
  fallback: HttpHandler;
}

export function connectRouter({
  rpcs,
  shutdownSignal,
  streamPatienceMs = STREAM_PATIENCE_MS,
  admits,
  more,
  fallback,
}: ConnectOptions): HttpHandler {
  const byPath = new Map(rpcs.map((rpc) => [pathOf(rpc.method), rpc]));
  const stock = libraryHandlers({ routes: more, shutdownSignal });
  const ready = new ResponseCache(admits);
  return (request, response) => {
    if (ready.answer(request, response)) return;
    const path = pathOfUrl(request.url ?? "");
    const rpc = byPath.get(path);
    if (rpc === undefined) return (stock.get(path) ?? fallback)(request, response);
    if (isUnaryConnect(rpc.method, request)) return answerUnary({ rpc, ready }, request, response);
    const framing = framingOf(rpc.method, request);
    if (framing === undefined) return refuse(rpc.method, request, response);
    return answerEnveloped({ rpc, framing, shutdownSignal, streamPatienceMs }, request, response);
  };
}

export function pathOfUrl(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

/** A request in none of the protocols: what HTTP itself has statuses for. */
function refuse(method: DescMethod, request: HttpRequest, response: HttpResponse): void {
  const allowed = isRead(method) && method.methodKind === "unary" ? "GET, HEAD, POST" : "POST";
  const [status, name, value] = allowed.split(", ").includes(request.method ?? "")
    ? ([415, "accept-post", acceptedTypes(method)] as const)
    : ([405, "allow", allowed] as const);
  response.statusCode = status;
  response.setHeader("content-type", "text/plain; charset=utf-8");
  response.setHeader(name, value);
  response.end(`${status === 415 ? "The content type must be one of" : "The method must be one of"}: ${value}\n`);
}

function acceptedTypes(method: DescMethod): string {
  const connect = method.methodKind === "unary" ? "application/" : "application/connect+";
  return [
    `${connect}json`,
    `${connect}proto`,
    "application/grpc-web+proto",
    "application/grpc-web+json",
    "application/grpc-web-text+proto",
  ].join(", ");
}
