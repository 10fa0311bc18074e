/** Whether a database answers, asked once before anything is built on it. */
import { openDatabase, select } from "./database.ts";
import { StartupProblem } from "./startup-problem.ts";

/** @throws StartupProblem that names the server, never the password */
export async function requireDatabase(url: string): Promise<void> {
  const database = openDatabase({ url, pool: 1, name: "bodega start" });
  try {
    await select(database, "SELECT 1");
  } catch (error) {
    const { hostname, port, pathname } = new URL(url);
    const where = `${hostname}:${port === "" ? "5432" : port}${pathname}`;
    throw new StartupProblem(
      `The database at ${where} does not answer (${error instanceof Error ? error.message : String(error)}). Start it, or correct DATABASE_URL.`,
      { cause: error },
    );
  } finally {
    await database.close();
  }
}
