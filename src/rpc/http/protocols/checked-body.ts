/**
 * Bodies of what connect-node answers, looked at on their way to it: of one that is no message, or that is packed, it
 * says INTERNAL, which would be a fault of ours.
 *
 * JSON it refuses as it should, and what is longer than it may be it stops reading at the head.
 */
import { type DescMessage, fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { HEADER_BYTES } from "./framing.ts";

/** By `whole` the body is one message, without envelopes. */
const TYPE = /^application\/(?:(?<whole>proto)|(?:grpc-web|grpc|connect)(?:\+(?<codec>proto|json))?)\s*(?:;.*)?$/i;
const COMPRESSED_FLAG = 1;
/** Of gRPC-Web's answers: no request has such an envelope, and connect-node says INTERNAL of it. */
const TRAILERS_FLAG = 0x80;

export function checkedBody(
  body: AsyncIterable<Uint8Array>,
  { input, contentType }: { input: DescMessage; contentType: string },
): AsyncIterable<Uint8Array> {
  const groups = TYPE.exec(contentType)?.groups;
  if (groups === undefined) return body;
  if (groups["whole"] !== undefined) return inOne(body, input);
  return inEnvelopes(body, groups["codec"]?.toLowerCase() === "json" ? undefined : input);
}

async function* inOne(body: AsyncIterable<Uint8Array>, input: DescMessage): AsyncIterable<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
    yield chunk;
  }
  check(input, Buffer.concat(chunks));
}

/** @param input what each message must be; of JSON nothing is asked */
async function* inEnvelopes(
  body: AsyncIterable<Uint8Array>,
  input: DescMessage | undefined,
): AsyncIterable<Uint8Array> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  // They are put together when there is something to read: who sends byte by byte has each copied twice, not each time.
  let wanted = HEADER_BYTES;
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    bytes += chunk.byteLength;
    while (bytes >= wanted) {
      const [first = Buffer.alloc(0)] = chunks;
      const seen = chunks.length === 1 ? first : Buffer.concat(chunks);
      const whole = HEADER_BYTES + seen.readUInt32BE(1);
      const isHere = seen.length >= whole;
      const flags = seen.readUInt8(0);
      if ((flags & COMPRESSED_FLAG) !== 0) throw packed();
      if ((flags & TRAILERS_FLAG) !== 0) throw new ConnectError("A request has no trailers.", Code.InvalidArgument);
      // What its flags call an end is none of these messages.
      if (isHere && flags === 0 && input !== undefined) check(input, seen.subarray(HEADER_BYTES, whole));
      chunks = [isHere ? seen.subarray(whole) : seen];
      bytes = chunks[0]?.length ?? 0;
      wanted = isHere ? HEADER_BYTES : whole;
    }
    yield chunk;
  }
}

/** @throws ConnectError INVALID_ARGUMENT */
function check(input: DescMessage, bytes: Uint8Array): void {
  try {
    fromBinary(input, bytes);
  } catch (error) {
    throw new ConnectError(`The body is not a ${input.typeName}.`, Code.InvalidArgument, undefined, undefined, error);
  }
}

function packed(): ConnectError {
  return new ConnectError("Messages are read as they are. Send them without compression.", Code.Unimplemented);
}
