/** The place for pictures that the configuration names. */
import path from "node:path";
import type { Config } from "../platform/config.ts";
import { mediaBucket } from "./bucket.ts";
import { mediaFolder } from "./folder.ts";
import type { MediaStore } from "./store.ts";

export async function openMedia(config: Pick<Config, "mediaBucket" | "dataDir">): Promise<MediaStore> {
  if (config.mediaBucket !== undefined) return mediaBucket(config.mediaBucket);
  return mediaFolder(path.join(config.dataDir, "media"));
}
