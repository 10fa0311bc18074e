/**
 * Decodes what strangers upload, by libvips (sharp): whether it is a whole image of bearable size, and its thumbnail.
 *
 * The header is read first: a bomb of 20,000 × 20,000 pixels is a few kilobytes that would become gigabytes, and is
 * refused before any of it is decoded. Of libvips's many decoders only those of the three formats are left on.
 */
import type { Sharp } from "sharp";
import { Failure } from "../../platform/errors/failure.ts";
import { extentOf, type ImageFormat } from "./image-format.ts";

/** A camera of 24 megapixels, with room to spare; decoded they take 100 MB. */
const MAX_PIXELS = 25_000_000;
/** Nothing on a screen is longer, and libwebp has no longer ones. */
const MAX_SIDE = 16_383;
/** Fits a list of products on a phone with two pixels for each of its points. */
const THUMBNAIL_SIDE = 320;
const THUMBNAIL_QUALITY = 80;
/** Each image keeps a core busy for up to a second; those that wait keep 5 MiB each. */
const MAX_WAITING = 16;
const RETRY_AFTER_MS = 2_000;

export interface DecodedImage {
  format: ImageFormat;
  /** WebP, at most 320 pixels wide and high, upright, without the metadata of the camera. */
  thumbnail: Buffer;
}

/** @throws Failure IMAGE_UNREADABLE, IMAGE_TOO_LARGE, TOO_BUSY */
export async function decodeImage(content: Uint8Array): Promise<DecodedImage> {
  const format = wholeImage(content);
  return inTurn(async () => {
    const open = await decoder();
    requireBearable(await readable(open(content, { maxPixels: false }).metadata()));
    const thumbnail = open(content, { maxPixels: MAX_PIXELS })
      .autoOrient()
      .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: THUMBNAIL_QUALITY });
    return { format, thumbnail: await readable(thumbnail.toBuffer()) };
  });
}

function wholeImage(content: Uint8Array): ImageFormat {
  const extent = extentOf(content);
  if (extent === undefined) throw unreadable("it is no PNG, JPEG or WebP, by its content");
  if (extent.end === undefined) throw unreadable(`the ${extent.format} ends in the middle: it was cut`);
  const more = content.length - extent.end;
  if (more > 0) throw unreadable(`${more} bytes follow after the end of the ${extent.format}; save the image anew`);
  return extent.format;
}

function requireBearable({ width, height }: { width: number; height: number }): void {
  if (width <= MAX_SIDE && height <= MAX_SIDE && width * height <= MAX_PIXELS) return;
  const description = `it has ${width} × ${height} pixels; ${MAX_PIXELS} in all and ${MAX_SIDE} on a side are the most`;
  throw new Failure("IMAGE_TOO_LARGE", `content: ${description}.`, {
    metadata: {
      width: String(width),
      height: String(height),
      max_pixels: String(MAX_PIXELS),
      max_side: String(MAX_SIDE),
    },
    violations: [{ field: "content", description }],
  });
}

async function readable<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    throw unreadable("it is damaged and cannot be decoded", error);
  }
}

function unreadable(description: string, cause?: unknown): Failure {
  return new Failure("IMAGE_UNREADABLE", `content: ${description}.`, {
    violations: [{ field: "content", description }],
    cause,
  });
}

type Open = (content: Uint8Array, limits: { maxPixels: number | false }) => Sharp;
let loaded: Promise<Open> | undefined;

/** Loaded with the first image: most API processes never see one, and libvips takes 20 MB. */
function decoder(): Promise<Open> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Open> {
  const { default: sharp } = await import("sharp");
  sharp.cache(false);
  // One thread for each image: orders share these cores.
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: ["VipsForeignLoadPngBuffer", "VipsForeignLoadJpegBuffer", "VipsForeignLoadWebpBuffer"] });
  // "warning", because a JPEG whose data end too early is no more than that to its decoder.
  return (content, { maxPixels }) => sharp(content, { failOn: "warning", limitInputPixels: maxPixels });
}

let last: Promise<unknown> = Promise.resolve();
let waiting = 0;

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (waiting >= MAX_WAITING) {
    throw new Failure("TOO_BUSY", "Too many images are being uploaded. Try again in a moment.", {
      retryAfterMs: RETRY_AFTER_MS,
    });
  }
  waiting++;
  const turn = last.then(work).finally(() => waiting--);
  last = turn.catch(() => undefined);
  return turn;
}
