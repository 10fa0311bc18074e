/** Single requests of HTTP/2 in plain text, with whatever pseudo-headers a test likes. */
import { connect, type OutgoingHttpHeaders } from "node:http2";

export interface Http2Answer {
  /** Headers and trailers; empty when the stream was reset. */
  headers: Record<string, string>;
  body: Buffer;
  /** HTTP/2's error code of the stream's end; 0 when there was none. */
  rstCode: number;
}

/** Each on a connection of its own. @throws when the connection ends without an answer */
export function askHttp2(
  port: number,
  headers: OutgoingHttpHeaders,
  body: string | Uint8Array = "",
): Promise<Http2Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Http2Answer>();
  const session = connect(`http://127.0.0.1:${port}`).on("error", reject);
  const stream = session.request(headers, { endStream: false });
  const answer: Http2Answer = { headers: {}, body: Buffer.alloc(0), rstCode: 0 };
  const take = (more: object) =>
    Object.assign(
      answer.headers,
      Object.fromEntries(Object.entries(more).map(([name, value]) => [name, String(value)])),
    );
  stream
    .on("response", take)
    .on("trailers", take)
    .on("error", () => undefined);
  stream.on("data", (chunk: Buffer) => (answer.body = Buffer.concat([answer.body, chunk])));
  stream.once("close", () => {
    session.close();
    resolve({ ...answer, rstCode: stream.rstCode });
  });
  stream.end(body);
  return promise;
}
