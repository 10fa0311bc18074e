/**
 * Messages on their way out, encoded once where they go out more than once: an order's answer is kept with its request
 * id and sent, a product that many ask for is sent to each.
 *
 * Encoding an order costs 8 µs and twenty products some 60; docs/performance.md has the figures.
 */
import { type DescMessage, type Message, type MessageShape, toBinary, toJsonString } from "@bufbuild/protobuf";

interface Encodings {
  binary?: Uint8Array;
  json?: string;
}

const kept = new WeakMap<Message, Encodings>();

/** Promises that nobody changes the message any more: each encoding is made when it is first asked for, and kept as long as it. */
export function encodeOnce<M extends Message>(message: M): M {
  kept.set(message, {});
  return message;
}

export function binaryOf<D extends DescMessage>(schema: D, message: MessageShape<D>): Uint8Array {
  const encodings = kept.get(message);
  if (encodings === undefined) return toBinary(schema, message);
  return (encodings.binary ??= toBinary(schema, message));
}

export function jsonOf<D extends DescMessage>(schema: D, message: MessageShape<D>): string {
  const encodings = kept.get(message);
  if (encodings === undefined) return toJsonString(schema, message);
  return (encodings.json ??= toJsonString(schema, message));
}
