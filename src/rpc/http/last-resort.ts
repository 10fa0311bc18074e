/**
 * The last resort around each request of PORT: whatever its handler throws, at once or later, ends that request and no
 * more. Node would end the process, and with it everybody's calls.
 *
 * What is expected is refused further inside, in the words of its protocol; what comes here is a bug, and is logged.
 */
import { Code } from "@connectrpc/connect";
import type { Logger } from "../../platform/telemetry/log.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "./handler.ts";

/** What the log says. */
export const FAULT = "a request ended by a fault of ours";
const MESSAGE = "Something went wrong on our side.";

/** The handler of a listener: it throws nothing, and leaves no promise to itself. */
export function withLastResort(
  handler: HttpHandler,
  log: Logger,
): (request: HttpRequest, response: HttpResponse) => void {
  return (request, response) => {
    const fail = (error: unknown): void => {
      // What stands behind the path may be a token of a mail.
      log.error({ err: error, method: request.method, url: request.url?.split("?", 1)[0]?.slice(0, 200) }, FAULT);
      endBadly(request, response);
    };
    response.once("error", fail);
    try {
      const answered = handler(request, response);
      if (answered instanceof Promise) answered.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

/** INTERNAL, as each protocol can still say it. */
function endBadly({ headers }: HttpRequest, response: HttpResponse): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  for (const name of ["content-encoding", "content-length", "etag"]) response.removeHeader(name);
  response.setHeader("cache-control", "no-store");
  if (String(headers["content-type"]).startsWith("application/grpc")) {
    response.statusCode = 200;
    response.setHeader("content-type", String(headers["content-type"]));
    response.setHeader("grpc-status", Code.Internal);
    response.setHeader("grpc-message", MESSAGE);
    response.end();
    return;
  }
  response.statusCode = 500;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ code: "internal", message: MESSAGE }));
}
