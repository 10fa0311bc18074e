/**
 * Counts the body of a call among those that are under way while grpc-js reads it, and refuses one that is given up.
 *
 * grpc-js tells nobody of a message before it is whole. Its HTTP/2 stream is where it keeps it for itself
 * (docs/upgrading.md).
 */
import { constants, type ServerHttp2Stream } from "node:http2";
import { Duplex } from "node:stream";
import type { ServerInterceptingCallInterface } from "@grpc/grpc-js";
import type { Failure } from "../../platform/errors/failure.ts";
import { bodyBudget, type Incoming } from "../bodies/body-budget.ts";

export interface Counting {
  /** A message is here, and another may come. */
  whole(): void;
  /** Of what comes behind an answer nothing is kept. */
  end(): void;
}

/** @param refuse sends the status */
export function countBody(call: ServerInterceptingCallInterface, refuse: (failure: Failure) => void): Counting {
  const stream = streamOf(call);
  const begin = (): Incoming =>
    bodyBudget.begin((failure) => {
      refuse(failure);
      // What its sender goes on to send is of no use.
      stream.close(constants.NGHTTP2_NO_ERROR);
    });
  let incoming: Incoming | undefined = begin();
  let isOver = false;
  const whole = (): void => {
    incoming?.end();
    incoming = undefined;
  };
  const end = (): void => {
    isOver = true;
    whole();
  };
  stream.on("data", (chunk: Buffer) => {
    if (isOver) return;
    incoming ??= begin();
    incoming.take(chunk.length);
  });
  stream.once("end", end);
  stream.once("close", end);
  return { whole, end };
}

export function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream {
  const stream: unknown = Reflect.get(call, "stream");
  if (!isHttp2Stream(stream)) throw new TypeError("grpc-js keeps a call's HTTP/2 stream elsewhere now");
  return stream;
}

function isHttp2Stream(stream: unknown): stream is ServerHttp2Stream {
  return stream instanceof Duplex && "close" in stream;
}
