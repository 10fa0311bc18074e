/** A `Call` from an HTTP request, whichever of HTTP's protocols asks. */
import { create, type DescMethod } from "@bufbuild/protobuf";
import { Failure } from "../../../platform/errors/failure.ts";
import type { Call } from "../../call.ts";
import { CallSignal } from "../../call-signal.ts";
import type { HttpRequest, HttpResponse } from "../handler.ts";
import { type Body, decode } from "../body.ts";
import { authorizationOf } from "../../authorization-header.ts";

export interface Came {
  body: Body | Failure;
  signal: CallSignal;
  /** Reads the caller's deadline where there is no body; undefined where none can be told. */
  timeoutOf?: (request: HttpRequest) => number | undefined;
}

/** A body that is too large is told by the size step; what else is wrong with it by the decode step, behind sign-in and access. */
export function toCall(method: DescMethod, request: HttpRequest, { body, signal, timeoutOf }: Came): Call {
  const timeoutMs = body instanceof Failure ? told(() => timeoutOf?.(request)) : body.timeoutMs;
  return {
    method,
    header: (name) => headerOf(request, name),
    peer: request.socket.remoteAddress ?? "",
    answerHeaders: new Map(),
    decode: () => {
      if (body instanceof Failure) throw body;
      return decode(method, body);
    },
    oversized: body instanceof Failure && body.reason === "MESSAGE_TOO_LARGE" ? body : undefined,
    signal,
    deadline: timeoutMs === undefined ? undefined : Date.now() + timeoutMs,
    requestId: "",
    caller: undefined,
    request: create(method.input),
  };
}

/** What is malformed is told by the body's failure. */
function told(timeoutMs: () => number | undefined): number | undefined {
  try {
    return timeoutMs();
  } catch {
    return undefined;
  }
}

export function headerOf(request: HttpRequest, name: string): string | undefined {
  return name === "authorization" ? authorizationOf(request) : [request.headers[name]].flat().join(", ") || undefined;
}

/** Aborted when the connection is gone before the answer is. */
export function goneSignal(response: HttpResponse): CallSignal {
  const gone = new CallSignal();
  response.once("close", () => {
    if (!response.writableFinished) gone.abort();
  });
  return gone;
}
