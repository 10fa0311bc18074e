/**
 * What stands in the embedded PostgreSQL before any migration: the owner's role and its database, and the role as
 * which the product runs, which owns nothing.
 *
 * The product never connects as superuser, so that what it may do here it may do on a managed PostgreSQL too.
 */
import pg from "pg";

export const DATABASE = "bodega";
export const OWNER = "bodega_owner";
export const APPLICATION = "bodega";

const CONNECT_TIMEOUT_MS = 10_000;

export interface DatabaseOptions {
  /** Hexadecimal, both. */
  ownerPassword: string;
  applicationPassword: string;
  statistics: boolean;
}

/** Does what is not done yet; safe to cut and to repeat. */
export async function ensureDatabase(adminUrl: string, options: DatabaseOptions): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    for (const [role, password] of [
      [OWNER, options.ownerPassword],
      [APPLICATION, options.applicationPassword],
    ] as const) {
      if (await exists(admin, "SELECT FROM pg_roles WHERE rolname = $1", role)) continue;
      await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
    }
    // Who owns everything also sees what the application is doing, and can end it.
    await admin.query(`GRANT ${APPLICATION} TO ${OWNER}`);
    if (!(await exists(admin, "SELECT FROM pg_database WHERE datname = $1", DATABASE))) {
      await admin.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
    }
  });
  // Only a superuser may add this one; all others are the migrations' affair.
  if (!options.statistics) return;
  await withClient(databaseUrl(adminUrl, DATABASE), (admin) =>
    admin.query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements"),
  );
}

/** The same server and role, another database. */
export function databaseUrl(url: string, database: string): string {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.href;
}

async function withClient<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A server that dies under the client is told by the query that fails.
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function exists(client: pg.Client, sql: string, name: string): Promise<boolean> {
  const { rowCount } = await client.query(sql, [name]);
  return rowCount === 1;
}
