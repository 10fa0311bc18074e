/**
 * Requests that expect to be told to go on (`expect: 100-continue`): they are, and then answered like any other.
 *
 * Node does that by itself, but over HTTP/2 also for a stream that its own head has ended already, such as one whose
 * content-length is not that of its body; what is thrown then is nobody's to catch, and would end the process.
 */
import type { Http2SecureServer, Http2Server } from "node:http2";
import type { HttpRequest, HttpResponse } from "./handler.ts";

/** From now on; the server's own `request` has none of them. */
export function answerExpecting(
  server: Http2Server | Http2SecureServer,
  answer: (request: HttpRequest, response: HttpResponse) => void,
): void {
  server.on("checkContinue", (request: HttpRequest, response: HttpResponse) => {
    const isOver = "stream" in response && (response.stream.destroyed || response.stream.closed);
    if (!isOver) response.writeContinue();
    answer(request, response);
  });
}
