/**
 * Brings the database's schema to what this version needs.
 *
 * Umzug runs the numbered files of src/migrations in order, all in one transaction, under an advisory lock: two
 * machines that start at once take turns, and the second finds nothing left to do.
 */
import { readdir } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Sequelize } from "sequelize";
import { type MigrationFn, SequelizeStorage, Umzug } from "umzug";
import { openDatabase, select } from "./database.ts";
import { grantApplication, roleOf } from "./grants.ts";
import { withTransaction } from "./transaction.ts";

export type Migration = MigrationFn<Sequelize>;

const MIGRATIONS = path.join(import.meta.dirname, "../migrations");
/** Any number will do, as long as nothing else of this database uses it. */
const LOCK = 7_305_161;
/** Building an index over a large table takes as long as it takes. */
const NO_TIMEOUT_MS = 0;

/**
 * @param url of the role that owns the schemas
 * @param applicationUrl whose role is granted what the application needs
 * @returns the names of the migrations that were run
 */
export async function migrate(url: string, applicationUrl: string = url): Promise<string[]> {
  const application = roleOf(applicationUrl);
  const database = openDatabase({ url, pool: 1, name: "bodega migrate", statementTimeoutMs: NO_TIMEOUT_MS });
  try {
    return await withTransaction(database, async () => {
      await database.query("SELECT pg_advisory_xact_lock($1)", { bind: [LOCK] });
      const done = await migrator(database).up();
      if (application !== undefined) await grantApplication(database, application);
      return done.map(({ name }) => name);
    });
  } finally {
    await database.close();
  }
}

/** The migrations that have not been run yet; what /readyz asks. */
export async function pendingMigrations(database: Sequelize): Promise<string[]> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".ts")).map(nameOf);
  const [table] = await select<{ exists: boolean }>(database, `SELECT to_regclass('public."SequelizeMeta"') IS NOT NULL AS exists`);
  if (table?.exists !== true) return files;
  const done = await select<{ name: string }>(database, 'SELECT name FROM public."SequelizeMeta"');
  return files.filter((file) => !done.some(({ name }) => name === file));
}

function migrator(database: Sequelize) {
  return new Umzug({
    migrations: { glob: ["*.ts", { cwd: MIGRATIONS }], resolve },
    context: database,
    storage: new SequelizeStorage({ sequelize: database }),
    logger: undefined,
  });
}

/** Umzug's own loader would `require` the file; the extension stays out of the stored name, so that it may change. */
function resolve({ name, path: file, context }: { name: string; path?: string | undefined; context: Sequelize }) {
  const load = async (): Promise<Record<"up" | "down", Migration>> => import(pathToFileURL(file ?? "").href);
  const stored = nameOf(name);
  return {
    name: stored,
    up: async () => (await load()).up({ name: stored, context }),
    down: async () => (await load()).down({ name: stored, context }),
  };
}

function nameOf(file: string): string {
  return file.replace(/\.ts$/, "");
}
