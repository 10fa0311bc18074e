/** Bodies of HTTP requests and answers, between bytes and messages in both encodings. */
import type { DescMethod, Message } from "@bufbuild/protobuf";
import { binaryOf, jsonOf } from "../../platform/cache/encode-once.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { decodeBinary } from "../request/decode-binary.ts";
import { fromRequestJson } from "../request/json-form.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });

export type Encoding = "json" | "proto";

/** What a request brought, before anybody has looked into its message. */
export interface Body {
  encoding: Encoding;
  bytes: Uint8Array;
  timeoutMs: number | undefined;
}

/** @throws Failure UNKNOWN_COMPRESSION */
export function refuseCompressed(encoding: string | string[] | null | undefined): void {
  // Names of codings have no case (RFC 9110, 8.4.1).
  if (["", "identity"].includes([encoding ?? ""].flat().join(",").trim().toLowerCase())) return;
  throw new Failure("UNKNOWN_COMPRESSION", "Requests are read as they are. Send the body without compression.");
}

/** @throws Failure MALFORMED_REQUEST, INVALID_FIELDS */
export function decode(method: DescMethod, { encoding, bytes }: Body): Message {
  if (encoding === "proto") return decodeBinary(method, bytes);
  if (bytes.length === 0) throw malformed("the body is empty; an empty message is {}");
  try {
    return fromRequestJson(method.input, utf8.decode(bytes));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw malformed(
      `the body is not a ${method.input.typeName} in protobuf's JSON form: ${parseErrorOf(error)}`,
      error,
    );
  }
}

export function encode(method: DescMethod, encoding: Encoding, message: Message): Uint8Array {
  if (encoding === "proto") return binaryOf(method.output, message);
  return Buffer.from(jsonOf(method.output, message));
}

/** What the parser says names fields and values of the caller's own message; it is how a person finds a typo. */
function parseErrorOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : "";
}

export function malformed(what: string, cause?: unknown): Failure {
  return new Failure("MALFORMED_REQUEST", `${what.charAt(0).toUpperCase()}${what.slice(1)}.`, { cause });
}
