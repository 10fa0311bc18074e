/** Where images are kept: a folder of this machine, or a bucket of S3-compatible storage that several share. */
import type { Readable } from "node:stream";

export interface MediaStore {
  /** Keeps the bytes under a name that stands for exactly these; again is no error. @throws Failure UNAVAILABLE */
  keep(name: string, bytes: Uint8Array, type: string): Promise<void>;
  /** undefined when nothing has this name. `body` must be read or destroyed. @throws Failure UNAVAILABLE */
  open(name: string): Promise<StoredMedia | undefined>;
  /** The size in bytes alone; otherwise as `open`. */
  sizeOf(name: string): Promise<number | undefined>;
  close(): void;
}

export interface StoredMedia {
  sizeBytes: number;
  body: Readable;
}
