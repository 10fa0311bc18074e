/**
 * Images as files of this machine, in DATA_DIR/media: what the embedded default uses.
 *
 * A file appears under its name only when it is whole, by a rename, so that a process that dies while it writes leaves
 * nothing that could be served. The first two digits make a folder, since file systems list long ones slowly.
 */
import { randomUUID } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { isErrno, makeFolder } from "../../platform/process/filesystem.ts";
import type { MediaStore } from "./image-store.ts";

export function mediaFolder(folder: string): MediaStore {
  const fileOf = (name: string) => path.join(folder, name.slice(0, 2), name);
  return {
    async keep(name, bytes) {
      const file = fileOf(name);
      if ((await sizeOf(file)) === bytes.length) return;
      await makeFolder(path.dirname(file));
      await writeWhole(file, bytes);
    },

    async open(name) {
      try {
        const handle = await open(fileOf(name), "r");
        const { size } = await handle.stat();
        return { sizeBytes: size, body: handle.createReadStream() };
      } catch (error) {
        if (isErrno(error, "ENOENT")) return undefined;
        throw error;
      }
    },

    sizeOf: (name) => sizeOf(fileOf(name)),
    close: () => undefined,
  };
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${file}.${randomUUID()}`;
  try {
    const handle = await open(unfinished, "wx", 0o644);
    try {
      await handle.writeFile(bytes);
      // The row that will name it is durable once committed; so must be what it names.
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}
