/** The tables of a migrated database, and how they are drawn. */
import pg from "pg";

export interface Schema {
  name: string;
  tables: Table[];
}

interface Table {
  name: string;
  columns: { name: string; type: string; key: string }[];
  /** The foreign keys: the table that is pointed at, by which columns, and whether a row may point at nothing. */
  references: { table: string; columns: string; optional: boolean }[];
}

/** Nearly every table has them; the text says so once. */
const UNDRAWN = new Set(["version", "created_at", "updated_at"]);
const TYPES: Record<string, string> = { int2: "smallint", int4: "integer", int8: "bigint", bool: "boolean" };

const COLUMNS = `
  SELECT n.nspname AS schema, t.relname AS "table", a.attname AS name, ty.typname AS type,
         concat_ws(',', CASE WHEN bool_or(k.contype = 'p') THEN 'PK' END, CASE WHEN bool_or(k.contype = 'f') THEN 'FK' END) AS key
  FROM pg_class t
  JOIN pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_type ty ON ty.oid = a.atttypid
  LEFT JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype IN ('p', 'f') AND a.attnum = ANY (k.conkey)
  WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition
    AND n.nspname NOT IN ('public', 'information_schema') AND n.nspname !~ '^pg_'
  GROUP BY n.nspname, t.relname, a.attname, a.attnum, ty.typname
  ORDER BY n.nspname, t.relname, a.attnum`;

const REFERENCES = `
  SELECT n.nspname AS schema, t.relname AS "table", target.relname AS target,
         string_agg(a.attname, ', ' ORDER BY a.attnum) AS columns, NOT bool_and(a.attnotnull) AS optional
  FROM pg_constraint k
  JOIN pg_class t ON t.oid = k.conrelid
  JOIN pg_namespace n ON n.oid = t.relnamespace
  JOIN pg_class target ON target.oid = k.confrelid
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (k.conkey)
  WHERE k.contype = 'f' AND k.conparentid = 0
  GROUP BY n.nspname, t.relname, target.relname, k.oid, k.conname
  ORDER BY n.nspname, t.relname, k.conname`;

export async function readSchemas(connectionString: string): Promise<Schema[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const columns = await client.query<{ schema: string; table: string; name: string; type: string; key: string }>(
      COLUMNS,
    );
    const references = await client.query<{
      schema: string;
      table: string;
      target: string;
      columns: string;
      optional: boolean;
    }>(REFERENCES);
    const tables = Map.groupBy(columns.rows, ({ schema, table }) => `${schema}.${table}`);
    const all = [...tables].map(([full, rows]) => ({
      schema: rows[0]?.schema ?? "",
      name: rows[0]?.table ?? "",
      columns: rows,
      references: references.rows
        .filter(({ schema, table }) => `${schema}.${table}` === full)
        .map(({ target, ...rest }) => ({ table: target, columns: rest.columns, optional: rest.optional })),
    }));
    return [...Map.groupBy(all, ({ schema }) => schema)].map(([name, its]) => ({ name, tables: its }));
  } finally {
    await client.end();
  }
}

/** A Mermaid drawing. Tables of other schemas that are pointed at stand in it without their columns. */
export function tablesOf({ tables }: Schema): string {
  const boxes = tables.flatMap(({ name, columns }) => [
    `  ${name} {`,
    ...columns
      .filter((column) => !UNDRAWN.has(column.name))
      .map(({ name, type, key }) => `    ${TYPES[type] ?? type} ${name} ${key}`.trimEnd()),
    "  }",
  ]);
  const lines = tables.flatMap(({ name, references }) =>
    references.map(({ table, columns, optional }) => `  ${table} ${optional ? "|o" : "||"}--o{ ${name} : "${columns}"`),
  );
  return ["```mermaid", "erDiagram", ...boxes, ...lines, "```"].join("\n");
}
