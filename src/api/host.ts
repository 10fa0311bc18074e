/**
 * Refuses, on a developer's own machine, requests for a name that is not this machine's.
 *
 * A page of the internet can have its own name resolve to 127.0.0.1 (DNS rebinding): to the browser it is then of one
 * origin with what listens there, and could sign in by the password that stands in the README. In production the name
 * is the proxy's matter, and so it is wherever a trusted proxy asks or others reach the port.
 */
import { isIPv4 } from "node:net";
import type { Config } from "../platform/config/config.ts";
import { isTrustedProxy } from "../platform/auth/client-address.ts";
import type { HttpHandler, HttpRequest } from "../rpc/http/handler.ts";

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|::1)$/;

export function withHostCheck(
  next: HttpHandler,
  {
    production,
    host,
    corsOrigins,
    trustedProxies,
  }: Pick<Config, "production" | "host" | "corsOrigins" | "trustedProxies">,
): HttpHandler {
  if (production || !LOOPBACK.test(host)) return next;
  const configured = new Set(corsOrigins.map((origin) => URL.parse(origin)?.hostname));
  return (request, response) => {
    const name = authorityOf(request)?.toLowerCase().replace(/:\d*$/, "");
    const isKnown =
      name === undefined ||
      !isOfTheInternet(name) ||
      configured.has(name) ||
      isTrustedProxy(request.socket.remoteAddress ?? "", trustedProxies);
    if (isKnown) return next(request, response);
    response.statusCode = 421;
    response.setHeader("content-type", "text/plain; charset=utf-8");
    response.end("This is a development start: call it as localhost, or by a name of CORS_ORIGINS.\n");
  };
}

/** An address is resolved by nobody, and a name without a dot by the machine and its network alone. */
function isOfTheInternet(name: string): boolean {
  return name.includes(".") && !isIPv4(name) && !name.endsWith(".localhost");
}

/** HTTP/2 has it beside the headers. */
function authorityOf({ headers, authority }: HttpRequest & { authority?: string }): string | undefined {
  return authority ?? headers.host;
}
