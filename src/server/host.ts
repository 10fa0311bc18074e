/**
 * Refuses, on a developer's own machine, requests for a name that is not this machine's.
 *
 * A page of the internet can have its own name resolve to 127.0.0.1 (DNS rebinding): to the browser it is then of one
 * origin with what listens there, and could sign in by the password that stands in the README. In production the name
 * is the proxy's matter, and so it is wherever a trusted proxy asks or others reach the port.
 */
import type { Config } from "../platform/config.ts";
import { isTrustedProxy } from "../platform/client-address.ts";
import type { HttpHandler, HttpRequest } from "../rpc/http.ts";

const LOOPBACK = /^(?:localhost|[\w-]+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

export function hostOr(next: HttpHandler, { production, host, corsOrigins, trustedProxies }: Pick<Config, "production" | "host" | "corsOrigins" | "trustedProxies">): HttpHandler {
  const isOwn = LOOPBACK.test(host.includes(":") ? `[${host}]` : host);
  if (production || !isOwn) return next;
  const configured = new Set(corsOrigins.map((origin) => URL.parse(origin)?.hostname));
  return (request, response) => {
    const name = authorityOf(request)?.toLowerCase().replace(/:\d*$/, "");
    const isKnown = name === undefined || LOOPBACK.test(name) || configured.has(name) || isTrustedProxy(request.socket.remoteAddress ?? "", trustedProxies);
    if (isKnown) return next(request, response);
    response.statusCode = 421;
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.end("This is a development start: call it as localhost, or by a name of CORS_ORIGINS.\n");
  };
}

/** HTTP/2 has it beside the headers. */
function authorityOf({ headers, authority }: HttpRequest & { authority?: string }): string | undefined {
  return authority ?? headers.host;
}
