/** Frames of HTTP/2 (RFC 9113), as many as a load generator and tests that send what no client would need. */

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
export const FRAME_HEAD = 9;
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4 } as const;
/** How much a side may send before the other has said that it read, unless it is told more. */
export const DEFAULT_WINDOW = 65_535;

const SETTING = { headerTableSize: 1, initialWindowSize: 4 } as const;
const MAX_WINDOW = 2 ** 31 - 1;

export interface Frame {
  type: number;
  flags: number;
  stream: number;
  payload: Buffer;
}

/** Calls `take` for each whole frame. @returns what is left of the bytes */
export function takeFrames(received: Buffer, take: (frame: Frame) => void): Buffer {
  let at = 0;
  while (received.length - at >= FRAME_HEAD) {
    const end = at + FRAME_HEAD + received.readUIntBE(at, 3);
    if (received.length < end) break;
    take({
      type: received.readUInt8(at + 3),
      flags: received.readUInt8(at + 4),
      stream: received.readUInt32BE(at + 5),
      payload: received.subarray(at + FRAME_HEAD, end),
    });
    at = end;
  }
  return received.subarray(at);
}

export function frameOf({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(FRAME_HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A message as gRPC frames it (not compressed, then its length), in the DATA frame that ends a stream to be named. */
export function messageFrame(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return frameOf({ type: FRAME.data, flags: FLAG.endStream, stream: 0, payload: Buffer.concat([head, message]) });
}

/** Names the frame's stream in place. */
export function onStream(frame: Buffer, stream: number): Buffer {
  frame.writeUInt32BE(stream, 5);
  return frame;
}

/** What a client begins with that keeps no table of headers and has room for whatever is answered. */
export function opening(): Buffer {
  const settings = Buffer.alloc(12);
  settings.writeUInt16BE(SETTING.headerTableSize, 0);
  settings.writeUInt32BE(0, 2);
  settings.writeUInt16BE(SETTING.initialWindowSize, 6);
  settings.writeUInt32BE(MAX_WINDOW, 8);
  const wider = Buffer.alloc(4);
  wider.writeUInt32BE(MAX_WINDOW - DEFAULT_WINDOW);
  return Buffer.concat([
    PREFACE,
    frameOf({ type: FRAME.settings, flags: 0, stream: 0, payload: settings }),
    frameOf({ type: FRAME.windowUpdate, flags: 0, stream: 0, payload: wider }),
  ]);
}

/** The answer that a frame asks for, if it does. */
export function acknowledgement({ type, flags, payload }: Frame): Buffer | undefined {
  if ((flags & FLAG.ack) !== 0) return undefined;
  if (type === FRAME.settings) return frameOf({ type, flags: FLAG.ack, stream: 0, payload: Buffer.alloc(0) });
  if (type === FRAME.ping) return frameOf({ type, flags: FLAG.ack, stream: 0, payload });
  return undefined;
}

/** A string of a header (RFC 7541, 5.2) as it is, without Huffman's code; its length in an integer with a prefix of seven bits. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const prefix: number[] = [];
  if (bytes.length < 0x7f) prefix.push(bytes.length);
  else {
    prefix.push(0x7f);
    let rest = bytes.length - 0x7f;
    for (; rest >= 0x80; rest >>= 7) prefix.push((rest & 0x7f) | 0x80);
    prefix.push(rest);
  }
  return Buffer.concat([Buffer.from(prefix), bytes]);
}
