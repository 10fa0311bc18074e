/** The bounds that both listeners keep, and how they tell them. */
import { type DescMethod, getOption, hasOption } from "@bufbuild/protobuf";
import { max_request_bytes } from "../../gen/bodega/options/v1/options_pb.ts";
import { Failure } from "../platform/errors/failure.ts";

/**
 * The largest request of an RPC that declares no other: ten times an order of a hundred lines, and little enough that
 * whatever is in it is read within milliseconds. Connect's own default is 4 GiB.
 */
export const MAX_REQUEST_BYTES = 256 * 1024;
/**
 * How much of a body that is too large is read and thrown away, so that its sender gets to read the refusal: four times
 * the largest that any RPC takes.
 */
export const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;
/**
 * Calls that one connection of HTTP/2 may have under way, on both ports; its caller keeps the rest. Each takes some
 * 30 KiB until it is answered, and what came of its body; Node by itself announces four billion.
 */
export const MAX_STREAMS_OF_CONNECTION = 100;
/** More than any page of ours needs. */
export const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/**
 * How long a stream's client may take nothing of what waits for it: longer than a telephone is out of reach in a tunnel.
 * One that has the connection and does not read would otherwise hold its stream, and what waits there, for as long as
 * it likes.
 */
export const STREAM_PATIENCE_MS = 60_000;

/** A stream that ends because its server does is taken up again elsewhere. */
const RECONNECT_AFTER_MS = 1_000;

export function stopping(): Failure {
  return new Failure("UNAVAILABLE", "This server stops. Connect again.", { retryAfterMs: RECONNECT_AFTER_MS });
}

/** Options of a descriptor are slow to read; they never change. */
const declared = new WeakMap<DescMethod, number>();

/** The largest request that the RPC takes, in bytes: what its proto declares, or MAX_REQUEST_BYTES. */
export function maxRequestBytesOf(method: DescMethod): number {
  const known =
    declared.get(method) ??
    (hasOption(method, max_request_bytes) ? getOption(method, max_request_bytes) : MAX_REQUEST_BYTES);
  declared.set(method, known);
  return known;
}

export function messageTooLarge(maxBytes: number): Failure {
  return new Failure("MESSAGE_TOO_LARGE", `This request may have at most ${maxBytes} bytes.`);
}
