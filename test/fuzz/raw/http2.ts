/** Requests of HTTP/2 frame by frame, with any header at all, and what the answer's header blocks say. */
import { connect } from "node:http2";
import { Duplex } from "node:stream";
import { FLAG, FRAME, type Frame, frameOf, text } from "../../support/http2-frames.ts";

export type Header = readonly [name: string, value: string];

/** The most that a frame may hold unless both sides agree on more. */
const MAX_FRAME = 16_384;
const NONE = Buffer.alloc(0);

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = NONE): Buffer {
  return frameOf({ type, flags, stream, payload: Buffer.from(payload) });
}

/** Each as a literal that goes into no table (RFC 7541, 6.2.2): any bytes at all. */
export function blockOf(headers: readonly Header[]): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

/** A HEADERS frame, and as many CONTINUATIONs as it takes. */
export function headersFrames(stream: number, headers: readonly Header[], { ends }: { ends: boolean }): Buffer {
  const parts = inParts(blockOf(headers));
  const last = parts.length - 1;
  const frames = parts.map((part, index) =>
    frame(
      index === 0 ? FRAME.headers : FRAME.continuation,
      (index === 0 && ends ? FLAG.endStream : 0) | (index === last ? FLAG.endHeaders : 0),
      stream,
      part,
    ),
  );
  return Buffer.concat(frames);
}

/** The body in DATA frames, of which the last one may end the stream. */
export function dataFrames(stream: number, body: Buffer, { ends }: { ends: boolean }): Buffer {
  const parts = inParts(body);
  return Buffer.concat(
    parts.map((part, index) =>
      frame(FRAME.data, ends && index === parts.length - 1 ? FLAG.endStream : 0, stream, part),
    ),
  );
}

/** A whole request. */
export function requestFrames(stream: number, headers: readonly Header[], body: Buffer): Buffer {
  if (body.length === 0) return headersFrames(stream, headers, { ends: true });
  return Buffer.concat([headersFrames(stream, headers, { ends: false }), dataFrames(stream, body, { ends: true })]);
}

function inParts(bytes: Buffer): Buffer[] {
  return Array.from({ length: Math.max(1, Math.ceil(bytes.length / MAX_FRAME)) }, (_, index) =>
    bytes.subarray(index * MAX_FRAME, (index + 1) * MAX_FRAME),
  );
}

/**
 * The headers and trailers of one stream, from its frames: `:status` and `grpc-status` among them.
 *
 * Node decodes header blocks nowhere but in a client, so one that asked for nothing is given them. The server must keep
 * no table of headers, which `opening` asks for.
 */
export async function headersIn(frames: readonly Frame[]): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const take = (headers: object): void =>
    void Object.assign(
      found,
      Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
    );
  const wire = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const session = connect("http://nobody", { createConnection: () => wire }).on("error", () => undefined);
  const stream = session
    .request({})
    .on("response", take)
    .on("trailers", take)
    .on("headers", take)
    .on("error", () => undefined);
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.resume();
  wire.push(frame(FRAME.settings, 0, 0));
  for (const { type, flags, payload } of frames) {
    if (type === FRAME.headers || type === FRAME.continuation) wire.push(frame(type, flags, 1, payload));
  }
  wire.push(frame(FRAME.reset, 0, 1, Buffer.alloc(4)));
  await closed;
  session.destroy();
  return found;
}
