/**
 * gRPC-Web's text form: the envelopes in base64.
 *
 * Browsers hand on what came so far of an answer of letters, and not of one of bytes, to those who ask by
 * XMLHttpRequest. So Google's own client, grpc-web, has streams in this form only, and asks for it unless told.
 *
 * github.com/grpc/grpc: doc/PROTOCOL-WEB.md, "Protocol differences vs gRPC over HTTP2".
 */
import { malformed } from "../body.ts";

/** How many letters so many bytes become. */
export function letters(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

/** Padded, so that a part can be read before the next one comes. */
export function toText(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString("base64"), "latin1");
}

/** @throws Failure MALFORMED_REQUEST */
export function fromText(body: Buffer): Buffer {
  const text = body.toString("latin1");
  const bytes = Buffer.from(text, "base64");
  // Node leaves out what is no base64, and ends at the padding.
  if (bytes.length !== Buffer.byteLength(text, "base64"))
    throw malformed("the body is not base64, which application/grpc-web-text is");
  return bytes;
}
