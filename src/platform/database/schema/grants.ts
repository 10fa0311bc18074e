/**
 * What the application's role may do: read and write rows, and nothing to the tables themselves.
 *
 * The schema belongs to the role that migrates. Granted anew after each migration, so that a new table needs no line
 * of its own; what only grows is taken back by name.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../database.ts";

/** The application adds to these and reads them; it can change or delete nothing, whoever has got hold of it. */
export const APPEND_ONLY = ["audit.events", "inventory.movements"] as const;

/** The role that a URL names; undefined when it names none. */
export function roleOf(url: string): string | undefined {
  const role = decodeURIComponent(new URL(url).username);
  return role === "" ? undefined : role;
}

/** Grants `role` its rights on every schema of the role that is connected, unless they are the same. */
export async function grantApplication(database: Sequelize, role: string): Promise<void> {
  const [me] = await runSql<{ same: boolean; schemas: string[]; role: string }>(
    database,
    `SELECT current_user = $1 AS same, quote_ident($1) AS role,
            coalesce(array_agg(quote_ident(nspname)) FILTER (WHERE nspname IS NOT NULL), '{}') AS schemas
     FROM (SELECT) AS one LEFT JOIN pg_namespace ON nspowner = current_user::regrole`,
    [role],
  );
  if (me === undefined || me.same) return;
  const schemas = me.schemas.join(", ");
  await database.query(`
    GRANT USAGE ON SCHEMA ${schemas} TO ${me.role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schemas} TO ${me.role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${me.role};
    GRANT SELECT ON public."SequelizeMeta" TO ${me.role};
    REVOKE UPDATE, DELETE, TRUNCATE ON ${APPEND_ONLY.join(", ")} FROM ${me.role};
  `);
}
