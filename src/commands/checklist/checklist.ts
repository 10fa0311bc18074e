/** The production checklist as code: everything that it finds wrong with a deployment, errors first. */
import { openDatabase } from "../../platform/database/database.ts";
import { requireDatabase } from "../../platform/database/require-database.ts";
import { StartupError } from "../../platform/errors/startup-error.ts";
import { configurationFindings, type Deployment } from "./configuration.ts";
import { databaseFindings, type DatabaseWish } from "./database.ts";
import { error, type Finding } from "./finding.ts";
import { processFindings } from "./process.ts";
import { redisServerFindings } from "./redis.ts";

export async function deploymentFindings(deployment: Deployment, wish: DatabaseWish): Promise<Finding[]> {
  const { databaseUrl, redisUrl } = deployment.config;
  const findings = [
    ...configurationFindings(deployment),
    ...processFindings(deployment.config),
    ...(databaseUrl === undefined
      ? [error("DATABASE_URL", "is missing. Name the primary PostgreSQL.")]
      : await ofDatabase(databaseUrl, wish)),
    ...(redisUrl === undefined ? [] : await redisServerFindings(redisUrl)),
  ];
  return findings.toSorted((a, b) => a.severity.localeCompare(b.severity));
}

async function ofDatabase(url: string, wish: DatabaseWish): Promise<Finding[]> {
  try {
    await requireDatabase(url);
  } catch (problem) {
    if (problem instanceof StartupError) return [error("DATABASE_URL", problem.message)];
    throw problem;
  }
  const database = openDatabase({ url, pool: 1, name: "bodega check" });
  try {
    return await databaseFindings(database, wish);
  } finally {
    await database.close();
  }
}
