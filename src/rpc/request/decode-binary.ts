/** A body in protobuf's binary form as the request of its RPC; both listeners read it by this. */
import { type DescMessage, type DescMethod, fromBinary, type Message } from "@bufbuild/protobuf";
import { Failure, invalidFields } from "../../platform/errors/failure.ts";
import { overlongLists } from "./binary-form.ts";
import { LARGE_BYTES } from "./bounds.ts";

/** What JSON ignores is ignored here too, and not kept as a part of the message. */
const LENIENT = { readUnknownFields: false };

/** @throws Failure MALFORMED_REQUEST, INVALID_FIELDS */
export function decodeBinary({ input }: DescMethod, bytes: Uint8Array): Message {
  try {
    if (bytes.byteLength >= LARGE_BYTES) refuseOverlong(input, bytes);
    return fromBinary(input, bytes, LENIENT);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure("MALFORMED_REQUEST", `The body is not a ${input.typeName} in protobuf's binary form.`, {
      cause: error,
    });
  }
}

function refuseOverlong(desc: DescMessage, bytes: Uint8Array): void {
  const broken = overlongLists(desc, bytes);
  if (broken.length > 0) throw invalidFields(broken);
}
