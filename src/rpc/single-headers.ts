/**
 * Headers that may come once only: a request that brings two gives both to whoever asks, so that it can be refused.
 *
 * Node keeps the first of two `authorization` headers and drops the other without a word, by HTTP/1.1 and HTTP/2
 * alike. A proxy in front that looks at the last one would then have checked another caller than we serve.
 */
import type { Http2Server, IncomingHttpHeaders } from "node:http2";
import type { Server as GrpcServer } from "@grpc/grpc-js";

const AUTHORIZATION = "authorization";

/** The header's value; of several, all of them, which is no value that anybody accepts. */
export function authorizationOf({ headers, rawHeaders }: { headers: IncomingHttpHeaders; rawHeaders: string[] }): string | undefined {
  if (headers.authorization === undefined) return undefined;
  const all = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === AUTHORIZATION);
  return all.length > 1 ? all.join(", ") : headers.authorization;
}

/**
 * Makes a listening gRPC server see all of them. grpc-js builds its metadata from what Node has left, and offers no
 * way to the raw headers but the HTTP/2 servers that it keeps for itself; hence the pinned version, and a test.
 */
export function keepAllAuthorizations(server: GrpcServer): void {
  const servers: unknown = Reflect.get(server, "http2Servers");
  if (!(servers instanceof Map) || servers.size === 0) throw new TypeError("grpc-js keeps its HTTP/2 servers elsewhere now");
  for (const http2 of servers.keys()) prepend(http2);
}

function prepend(http2: Http2Server): void {
  http2.prependListener("stream", (_stream: unknown, headers: IncomingHttpHeaders, _flags: number, rawHeaders: string[]) => {
    const all = authorizationOf({ headers, rawHeaders });
    if (all !== undefined) headers.authorization = all;
  });
}
