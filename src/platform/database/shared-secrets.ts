/** Secrets that every process of an installation shares, made by the first migration. */
import type { Sequelize } from "sequelize";
import { runSql } from "./database.ts";

export async function sharedSecret(database: Sequelize, name: string): Promise<Buffer> {
  const [row] = await runSql<{ value: Buffer }>(database, "SELECT value FROM platform.secrets WHERE name = $1", [name]);
  if (row === undefined) throw new TypeError(`there is no secret ${name}; a migration should have made it`);
  return row.value;
}
