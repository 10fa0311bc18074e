/** A body in protobuf's binary form as the request of its RPC; both listeners read it by this. */
import { type DescMethod, fromBinary, type Message } from "@bufbuild/protobuf";
import { Failure } from "../platform/errors.ts";

/** @throws Failure MALFORMED_REQUEST */
export function decodeBinary(method: DescMethod, bytes: Uint8Array): Message {
  try {
    return fromBinary(method.input, bytes);
  } catch (error) {
    throw new Failure("MALFORMED_REQUEST", `The body is not a ${method.input.typeName} in protobuf's binary form.`, { cause: error });
  }
}
