/**
 * Which migrations the database still lacks: asked by every process, and without what runs them, which is dear to load.
 */
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Sequelize } from "sequelize";
import { runSql } from "../database.ts";

export const MIGRATIONS = path.join(import.meta.dirname, "../../../migrations");

/** The migrations that have not been run yet; what /readyz asks. */
export async function pendingMigrations(database: Sequelize): Promise<string[]> {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith(".ts")).map(nameOf);
  const [table] = await runSql<{ exists: boolean }>(
    database,
    `SELECT to_regclass('public."SequelizeMeta"') IS NOT NULL AS exists`,
  );
  if (table?.exists !== true) return files;
  const done = await runSql<{ name: string }>(database, 'SELECT name FROM public."SequelizeMeta"');
  return files.filter((file) => !done.some(({ name }) => name === file));
}

/** As it is stored: the extension stays out, so that it may change. */
export function nameOf(file: string): string {
  return file.replace(/\.ts$/, "");
}
