/** Ends a stream of HTTP/2 soon after its answer, also where the request is still on its way. */
import { constants, type ServerHttp2Stream } from "node:http2";

/** HTTP/2 drops what still waits for the socket of a stream that is closed: trailers may be that. */
const LINGER_MS = 1_000;

/** A body that still comes then is of no use to anybody; its stream would stay open for as long as its sender likes. */
export function endWithAnswer(stream: ServerHttp2Stream): void {
  stream.once("finish", () => {
    if (stream.readableEnded || stream.destroyed) return;
    const linger = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), LINGER_MS);
    // A process that ends need not wait for it.
    linger.unref();
    stream.once("close", () => clearTimeout(linger));
  });
}
