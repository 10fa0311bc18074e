/** A body in protobuf's binary form as the request of its RPC; both listeners read it by this. */
import { type DescMethod, fromBinary, type Message } from "@bufbuild/protobuf";
import { Failure } from "../platform/errors.ts";
import { MAX_REQUEST_BYTES, messageTooLarge } from "./limits.ts";

/** @throws Failure MALFORMED_REQUEST, MESSAGE_TOO_LARGE */
export function decodeBinary(method: DescMethod, bytes: Uint8Array): Message {
  if (bytes.byteLength > MAX_REQUEST_BYTES) throw messageTooLarge();
  try {
    return fromBinary(method.input, bytes);
  } catch (error) {
    throw new Failure("MALFORMED_REQUEST", `The body is not a ${method.input.typeName} in protobuf's binary form.`, { cause: error });
  }
}
