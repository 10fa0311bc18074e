/**
 * Tells PNG, JPEG and WebP apart by their bytes, and finds where each ends. No I/O here, and nothing is decoded.
 *
 * A file that is an image and then goes on is two files in one (a page, an archive, a script behind the image):
 * decoders stop at the image's end and never see the rest, so it is found here.
 */

export type ImageFormat = "png" | "jpeg" | "webp";

export interface Extent {
  format: ImageFormat;
  /** Where the image's own structure says that it ends, in bytes; undefined when it ends nowhere, being cut. */
  end: number | undefined;
}

/** @returns undefined for what begins like none of the three */
export function extentOf(content: Uint8Array): Extent | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  if (bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return { format: "png", end: endOfPng(bytes) };
  if (bytes.subarray(0, JPEG_START.length).equals(JPEG_START)) return { format: "jpeg", end: endOfJpeg(bytes) };
  if (latin1(bytes, 0, 4) === "RIFF" && latin1(bytes, 8, 12) === "WEBP")
    return { format: "webp", end: endOfWebp(bytes) };
  return undefined;
}

/** PNG specification (third edition), 5.2. */
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** A chunk's length, type and checksum, around its data (5.3). */
const PNG_CHUNK_BYTES = 12;

/** After the chunk IEND. */
function endOfPng(bytes: Buffer): number | undefined {
  let at = PNG_SIGNATURE.length;
  while (at + PNG_CHUNK_BYTES <= bytes.length) {
    const next = at + PNG_CHUNK_BYTES + bytes.readUInt32BE(at);
    if (next > bytes.length) return undefined;
    if (latin1(bytes, at + 4, at + 8) === "IEND") return next;
    at = next;
  }
  return undefined;
}

/** SOI, and the first byte of the marker that must follow (ITU-T T.81, B.1.1.3 and B.2.1). */
const JPEG_START = Buffer.from([0xff, 0xd8, 0xff]);
const MARKER = {
  first: 0xff,
  end: 0xd9,
  scan: 0xda,
  stuffed: 0x00,
  temporary: 0x01,
  restart: { from: 0xd0, to: 0xd7 },
};

/** After the marker EOI: from segment to segment by their lengths, and through each scan's data to its next marker. */
function endOfJpeg(bytes: Buffer): number | undefined {
  let at = 2;
  while (at + 2 <= bytes.length) {
    if (bytes[at] !== MARKER.first) return undefined;
    const marker = bytes[at + 1] ?? MARKER.first;
    if (marker === MARKER.end) return at + 2;
    if (marker === MARKER.first) at += 1;
    else if (standsAlone(marker)) at += 2;
    else {
      if (at + 4 > bytes.length) return undefined;
      const next = at + 2 + bytes.readUInt16BE(at + 2);
      at = marker === MARKER.scan ? afterScan(bytes, next) : next;
    }
  }
  return undefined;
}

function standsAlone(marker: number): boolean {
  return marker === MARKER.temporary || isRestart(marker);
}

function isRestart(marker: number): boolean {
  return marker >= MARKER.restart.from && marker <= MARKER.restart.to;
}

/** In a scan's data 0xFF is followed by 0, or begins a restart marker; any other marker ends it (B.1.1.5). */
function afterScan(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(MARKER.first, from);
  while (at !== -1 && at + 1 < bytes.length) {
    const next = bytes[at + 1] ?? MARKER.stuffed;
    if (next !== MARKER.stuffed && !isRestart(next)) return at;
    at = bytes.indexOf(MARKER.first, at + 2);
  }
  return bytes.length;
}

/** RIFF counts the bytes after its own 8 (RFC 9649, 2.3 and 2.4). */
function endOfWebp(bytes: Buffer): number | undefined {
  const end = 8 + bytes.readUInt32LE(4);
  return end > bytes.length ? undefined : end;
}

function latin1(bytes: Buffer, from: number, to: number): string {
  return bytes.toString("latin1", from, to);
}
