/** The bounds that both listeners keep, and how they tell them. */
import { Failure } from "../platform/errors.ts";

/** The largest request: an image of 5 MiB, in base64 inside JSON, with room to spare. Connect's own default is 4 GiB. */
export const MAX_REQUEST_BYTES = 8 * 1024 * 1024;
/** How much of a body that is too large is read and thrown away, so that its sender gets to read the refusal. */
export const MAX_DISCARDED_BYTES = 4 * MAX_REQUEST_BYTES;
/**
 * What grpc-js takes in, for the same reason. It keeps a message whole before anybody may look at it, and refuses a
 * larger one by itself, without details: hence twice the limit and not four times.
 */
export const MAX_GRPC_BYTES = 2 * MAX_REQUEST_BYTES;
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

export function messageTooLarge(): Failure {
  return new Failure("MESSAGE_TOO_LARGE", `A request may have at most ${MAX_REQUEST_BYTES} bytes.`);
}
