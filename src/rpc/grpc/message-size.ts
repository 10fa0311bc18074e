/**
 * How large a message grpc-js takes in: by an option of the server for all RPCs, and here for one that takes more.
 *
 * It keeps a message whole before anybody may look at it; so the server's option is the smallest bound, and not the
 * largest. A call has no option of its own: hence a look into it (docs/upgrading.md).
 */
import type { ServerInterceptingCallInterface } from "@grpc/grpc-js";

/** Before any byte of the message has come. */
export function takeUpTo(call: ServerInterceptingCallInterface, maxBytes: number): void {
  const decoder: unknown = Reflect.get(call, "decoder");
  if (
    typeof decoder !== "object" ||
    decoder === null ||
    !Reflect.has(decoder, "maxReadMessageLength") ||
    !Reflect.has(call, "maxReceiveMessageSize")
  ) {
    throw new TypeError("grpc-js keeps a call's largest message elsewhere now");
  }
  Reflect.set(decoder, "maxReadMessageLength", maxBytes);
  // What a compressed one may unpack to.
  Reflect.set(call, "maxReceiveMessageSize", maxBytes);
}
