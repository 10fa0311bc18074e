/** Who administers: whom the system itself writes to. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";

/** The ids of admins who can sign in. */
export async function adminIds(database: Sequelize): Promise<string[]> {
  const rows = await runSql<{ id: string }>(
    database,
    "SELECT id FROM identity.users WHERE role = 'ADMIN' AND NOT disabled AND deleted_at IS NULL ORDER BY id",
  );
  return rows.map(({ id }) => id);
}
