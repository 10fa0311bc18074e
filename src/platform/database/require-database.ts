/** Whether a database answers, and is new enough, asked once before anything is built on it. */
import { openDatabase, runSql } from "./database.ts";
import { StartupError } from "../errors/startup-error.ts";

/** The oldest major version of PostgreSQL that everything works with. The tests run on it too. */
const OLDEST = 15;

/** @throws StartupError that names the server, never the password */
export async function requireDatabase(url: string): Promise<void> {
  const cause = await whyAway(url);
  if (cause === undefined) return;
  throw new StartupError(
    `The database at ${whereOf(url)} does not answer (${cause.message}). Start it, or correct DATABASE_URL.`,
    { cause },
  );
}

/** For whoever can wait for a database that is away. @throws StartupError when it answers and is too old */
export async function refuseOldDatabase(url: string): Promise<void> {
  await whyAway(url);
}

/** undefined when it answers. @throws StartupError when it is too old */
async function whyAway(url: string): Promise<Error | undefined> {
  const database = openDatabase({ url, pool: 1, name: "bodega start" });
  try {
    const [server] = await runSql<{ number: number; version: string }>(
      database,
      "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version",
    );
    if (server !== undefined && server.number < OLDEST * 10_000) throw tooOld(url, server.version);
    return undefined;
  } catch (error) {
    if (error instanceof StartupError) throw error;
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await database.close();
  }
}

function tooOld(url: string, version: string): StartupError {
  return new StartupError(
    `The database at ${whereOf(url)} is PostgreSQL ${version}; Bodega needs ${OLDEST} or newer. Upgrade it, or correct DATABASE_URL.`,
  );
}

function whereOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}:${port === "" ? "5432" : port}${pathname}`;
}
