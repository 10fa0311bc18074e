/**
 * What every answer of PORT carries, whatever answered it: headers that keep browsers from harm, and CORS for the
 * origins that the configuration names.
 *
 * Set before anything else looks at the request, so that no route can forget them; a page that needs more than
 * nothing sets its own content-security-policy over this one.
 */
import type { HttpHandler, HttpRequest, HttpResponse } from "./handler.ts";
import { isSecure, type SecureOptions } from "./secure.ts";

export interface SecurityHeaderOptions extends SecureOptions {
  /** Origins whose pages may call, exactly as browsers send them; none: no page of another origin may. */
  corsOrigins: readonly string[];
}

/** An API answer is no page: nothing in it is to be run, framed or guessed at. */
const SECURITY_HEADERS = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};
/** Two years, as browsers' preload lists ask for. */
const HSTS = "max-age=63072000; includeSubDomains";

const ALLOWED_METHODS = "GET, HEAD, POST";
/** What Connect, gRPC-Web and our own conventions send beside what browsers always may. */
const ALLOWED_HEADERS = [
  "authorization",
  "content-type",
  "if-none-match",
  "x-request-id",
  "connect-protocol-version",
  "connect-timeout-ms",
  "connect-content-encoding",
  "connect-accept-encoding",
  "grpc-timeout",
  "x-grpc-web",
  "x-user-agent",
  // W3C Trace Context and Baggage: a page that traces sends them with every call.
  "traceparent",
  "tracestate",
  "baggage",
].join(", ");
const EXPOSED_HEADERS = [
  "x-request-id",
  "etag",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
  "grpc-status",
  "grpc-message",
  "grpc-status-details-bin",
].join(", ");
/** Two hours, the longest that Chromium keeps a preflight's answer. */
const PREFLIGHT_MAX_AGE_S = "7200";

export function withSecurityHeaders(
  handler: HttpHandler,
  { corsOrigins, ...secure }: SecurityHeaderOptions,
): HttpHandler {
  const headers = Object.entries(SECURITY_HEADERS);
  const origins = new Set(corsOrigins);
  return (request, response) => {
    request.url = originForm(request.url ?? "");
    for (const [name, value] of headers) response.setHeader(name, value);
    // Only over TLS may it ask for nothing but TLS.
    if (isSecure(request, secure)) response.setHeader("strict-transport-security", HSTS);
    // What may be kept says so itself: a cache may keep a 404 that says nothing, and give it to others.
    if (request.method === "GET" || request.method === "HEAD") response.setHeader("cache-control", "no-store");
    if (origins.size > 0 && answerCors(request, response, origins)) return;
    return handler(request, response);
  };
}

/** A proxy's clients may send the whole address (RFC 9112, 3.2.2: servers must take it); what is behind the host counts. */
function originForm(url: string): string {
  if (url.startsWith("/")) return url;
  const [, path] = /^https?:\/\/[^/?#]+(.*)$/i.exec(url) ?? [];
  return path === undefined ? url : path.startsWith("/") ? path : `/${path}`;
}

/** Whether that was all: a preflight has no answer but these headers. */
function answerCors(request: HttpRequest, response: HttpResponse, origins: ReadonlySet<string>): boolean {
  const { origin } = request.headers;
  // Also without an origin of ours: a cache must not give one origin's answer to another.
  response.setHeader("vary", "origin");
  if (origin === undefined || !origins.has(origin)) return false;
  response.setHeader("access-control-allow-origin", origin);
  if (request.method !== "OPTIONS" || request.headers["access-control-request-method"] === undefined) {
    response.setHeader("access-control-expose-headers", EXPOSED_HEADERS);
    return false;
  }
  response.setHeader("access-control-allow-methods", ALLOWED_METHODS);
  response.setHeader("access-control-allow-headers", ALLOWED_HEADERS);
  response.setHeader("access-control-max-age", PREFLIGHT_MAX_AGE_S);
  response.statusCode = 204;
  response.end();
  return true;
}
