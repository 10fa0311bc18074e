/**
 * The data folder: made where it is missing, and tried by writing to it.
 *
 * Its rights alone do not tell: disks are read-only or full, and root may write where nobody may.
 */
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { makeFolder } from "../../platform/process/filesystem.ts";
import { StartupError } from "../../platform/errors/startup-error.ts";

/** @throws StartupError when nothing can be written there */
export async function prepareDataFolder(dataDir: string): Promise<void> {
  const trial = path.join(dataDir, `.writable-${process.pid}`);
  try {
    await makeFolder(dataDir);
    await writeFile(trial, "x");
    await rm(trial);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartupError(
      `Cannot write to the data folder ${dataDir} (${reason}). Make it writable, or set DATA_DIR to another folder.`,
      { cause: error },
    );
  }
}
