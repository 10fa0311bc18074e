/**
 * Headers that may come once only: a request that brings two gives both to whoever asks, so that it can be refused.
 *
 * Node keeps the first of two `authorization` headers and drops the other without a word, by HTTP/1.1 and HTTP/2
 * alike. A proxy in front that looks at the last one would then have checked another caller than we serve.
 */
import type { IncomingHttpHeaders } from "node:http2";

const AUTHORIZATION = "authorization";

/** The header's value; of several, all of them, which is no value that anybody accepts. */
export function authorizationOf({
  headers,
  rawHeaders,
}: {
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
}): string | undefined {
  if (headers.authorization === undefined) return undefined;
  const all = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === AUTHORIZATION,
  );
  return all.length > 1 ? all.join(", ") : headers.authorization;
}
