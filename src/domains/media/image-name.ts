/**
 * What kept images are called: the SHA-256 of the content and an extension, so that a name never means other bytes.
 *
 * Nothing else is ever opened: a name from outside is held against this form as a whole, and the form has no room for
 * a slash or a dot too many.
 */
import { createHash } from "node:crypto";
import type { ImageFormat } from "./image-format.ts";

/** Where they are served; also the beginning of every `image_uri`. */
export const MEDIA_PATH = "/media/";

const EXTENSIONS = { png: "png", jpeg: "jpg", webp: "webp" } as const satisfies Record<ImageFormat, string>;
const TYPES: Record<string, string> = { png: "image/png", jpg: "image/jpeg", webp: "image/webp" };
const THUMBNAIL = ".thumb.webp";
const NAME = /^[0-9a-f]{64}(?:\.thumb)?\.(png|jpg|webp)$/;

export function nameOf(content: Uint8Array, format: ImageFormat): string {
  return `${createHash("sha256").update(content).digest("hex")}.${EXTENSIONS[format]}`;
}

/** The thumbnail's name, or its URI, from that of the image; empty for none. */
export function thumbnailOf(image: string): string {
  return image.replace(/\.(png|jpg|webp)$/, THUMBNAIL);
}

/** The media type of a name; undefined for what is no name of ours. */
export function typeOf(name: string): string | undefined {
  return TYPES[NAME.exec(name)?.[1] ?? ""];
}
