/** The place for images that the configuration names. */
import path from "node:path";
import type { Config } from "../../platform/config/config.ts";
import { mediaBucket } from "./bucket-store.ts";
import { mediaFolder } from "./folder-store.ts";
import type { MediaStore } from "./image-store.ts";

export async function createMedia(config: Pick<Config, "mediaBucket" | "dataDir">): Promise<MediaStore> {
  if (config.mediaBucket !== undefined) return mediaBucket(config.mediaBucket);
  return mediaFolder(path.join(config.dataDir, "media"));
}
