/** What Node does not do for folders, and which of the system's errors one is. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";

/**
 * Makes a folder, and those above it that are missing. Not by `recursive: true`: Node then goes up and down for ever
 * where a folder is there and lets none be made in it by saying ENOENT, as /proc and /sys do.
 * @throws what the operating system says, such as EACCES, ENOENT or ENOTDIR
 */
export async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  await makeFolder(path.dirname(folder));
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process was quicker.
    if (!isErrno(error, "EEXIST")) throw error;
  }
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
