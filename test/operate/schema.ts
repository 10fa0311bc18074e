/** What a schema is, as sorted lines that tests compare: columns, constraints, options, indexes, triggers and functions of ours. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../src/platform/database/database.ts";

/**
 * Of schemas that the connected role owns. Spaces and comments in bodies do not count, nor whether old rows were checked.
 * NOT NULL is the columns' affair: PostgreSQL has it among the constraints from 18 on.
 */
const SQL = `
  WITH ours AS (SELECT oid, nspname FROM pg_namespace WHERE nspowner = current_user::regrole AND nspname <> 'public'),
  tables AS (
    SELECT c.oid, ours.nspname || '.' || c.relname AS name FROM pg_class c JOIN ours ON ours.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v')
  )
  SELECT format('column %s.%s %s%s default %s', t.name, a.attname, format_type(a.atttypid, a.atttypmod),
                CASE WHEN a.attnotnull THEN ' not null' END, pg_get_expr(d.adbin, d.adrelid)) AS line
  FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
  UNION ALL SELECT format('constraint %s %s %s', t.name, c.conname, replace(pg_get_constraintdef(c.oid), ' NOT VALID', '')) FROM tables t JOIN pg_constraint c ON c.conrelid = t.oid AND c.contype <> 'n'
  UNION ALL SELECT format('options %s %s', t.name, array_to_string(c.reloptions, ', ')) FROM tables t JOIN pg_class c ON c.oid = t.oid AND c.reloptions IS NOT NULL
  UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM tables t JOIN pg_index i ON i.indrelid = t.oid
  UNION ALL SELECT 'trigger ' || pg_get_triggerdef(g.oid) FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid AND NOT g.tgisinternal
  UNION ALL SELECT 'function ' || regexp_replace(regexp_replace(pg_get_functiondef(p.oid), '--[^\\n]*', '', 'g'), '\\s+', ' ', 'g')
  FROM pg_proc p JOIN ours ON ours.oid = p.pronamespace
  ORDER BY line`;

export async function schemaOf(database: Sequelize): Promise<string[]> {
  return (await runSql<{ line: string }>(database, SQL)).map(({ line }) => line);
}
