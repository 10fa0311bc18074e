/** What answers requests of PORT. */
import type { connectNodeAdapter } from "@connectrpc/connect-node";

/** Requests and answers of HTTP/1.1 or HTTP/2, as connect-node names them. */
export type HttpRequest = Parameters<ReturnType<typeof connectNodeAdapter>>[0];

export type HttpResponse = Parameters<ReturnType<typeof connectNodeAdapter>>[1];

/** Answers a request; what it throws, or its promise, ends that request. */
export type HttpHandler = (request: HttpRequest, response: HttpResponse) => void | Promise<void>;
