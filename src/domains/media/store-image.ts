/** Keeps uploaded images with their thumbnails: both are stored before anything names them, so orphans are harmless. */
import { decodeImage } from "./decode-image.ts";
import { MEDIA_PATH, nameOf, thumbnailOf, typeOf } from "./image-name.ts";
import type { MediaStore } from "./image-store.ts";

/** @returns the image's URI, under /media/. @throws Failure IMAGE_UNREADABLE, IMAGE_TOO_LARGE, TOO_BUSY, UNAVAILABLE */
export async function storeImage(store: MediaStore, content: Uint8Array): Promise<string> {
  const { format, thumbnail } = await decodeImage(content);
  const name = nameOf(content, format);
  await Promise.all([keep(store, name, content), keep(store, thumbnailOf(name), thumbnail)]);
  return MEDIA_PATH + name;
}

async function keep(store: MediaStore, name: string, bytes: Uint8Array): Promise<void> {
  await store.keep(name, bytes, typeOf(name) ?? "application/octet-stream");
}
