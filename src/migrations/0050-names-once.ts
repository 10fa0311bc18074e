/**
 * Names that are unique lose the blanks around them, as requests and files have lost theirs, so that what is stored is
 * found by what is sent; SKUs are about to be unique whatever their case.
 *
 * Where two would have one name this stops and lists them, since people decide which of them it is. Names that may
 * come twice (titles, people, service keys) stay as they are, and codes, logins and addresses never had blanks.
 */
import type { Sequelize } from "sequelize";
import { runSql } from "../platform/database/database.ts";
import type { Migration } from "../platform/database/schema/migrate.ts";
import { StartupError } from "../platform/errors/startup-error.ts";

interface Named {
  /** In words. */
  many: string;
  table: string;
  column: string;
  /** Of which rows it is unique. */
  among: string;
}

const CATEGORIES: Named = { many: "categories", table: "catalog.categories", column: "name", among: "true" };
const PRODUCTS: Named = { many: "products", table: "catalog.products", column: "sku", among: "deleted_at IS NULL" };
const STORES: Named = { many: "stores", table: "inventory.stores", column: "name", among: "true" };

/** What src/platform/wire/trim.ts cuts off. */
const BLANKS =
  "\t\n\v\f\r \u0085\u00A0\u1680\u180E\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A" +
  "\u200B\u200C\u200D\u200E\u200F\u2028\u2029\u202F\u205F\u2060\u3000\uFEFF";
/** Enough to see what is wrong, and a page at most. */
const LISTED = 20;

export const up: Migration = async ({ name, context: database }) => {
  const kinds = [CATEGORIES, PRODUCTS, STORES];
  const doubles = [];
  for (const named of kinds) doubles.push(...(await doublesOf(database, named)));
  if (doubles.length > 0) throw givenUp(name, doubles);
  for (const named of kinds) await trim(database, named);
};

/** Nobody needs the blanks back. */
export const down: Migration = async () => undefined;

/** @throws StartupError that lists products whose SKUs are one */
export async function requireSkusOnce(name: string, database: Sequelize): Promise<void> {
  const doubles = await doublesOf(database, PRODUCTS);
  if (doubles.length > 0) throw givenUp(name, doubles);
}

interface Double {
  id: string;
  text: string;
  /** How many of its kind have the name of another one. */
  of: number;
  many: string;
}

/** A name of blanks alone stays what it is: there is nothing to call the row by otherwise. */
function trimmedSql(column: string): string {
  return `coalesce(nullif(btrim(${column}, $1), ''), ${column})`;
}

/** The first ones, those of one name beside each other. */
async function doublesOf(database: Sequelize, { many, table, column, among }: Named): Promise<Double[]> {
  return runSql<Double>(
    database,
    `SELECT id, text, count(*) OVER ()::integer AS of, '${many}' AS many
     FROM (
       SELECT id, ${column} AS text, lower(${trimmedSql(column)}) AS key, count(*) OVER (PARTITION BY lower(${trimmedSql(column)})) AS times
       FROM ${table} WHERE ${among}
     ) AS named
     WHERE times > 1 ORDER BY key, id LIMIT ${LISTED}`,
    [BLANKS],
  );
}

/** In the order of their ids, as everybody locks them. */
async function trim(database: Sequelize, { table, column, among }: Named): Promise<void> {
  await runSql(
    database,
    `WITH blank AS (
       SELECT id FROM ${table} WHERE ${among} AND ${column} <> ${trimmedSql(column)} ORDER BY id FOR NO KEY UPDATE
     )
     UPDATE ${table} AS kept SET ${column} = ${trimmedSql(`kept.${column}`)}, version = version + 1, updated_at = now()
     FROM blank WHERE kept.id = blank.id`,
    [BLANKS],
  );
}

function givenUp(name: string, doubles: Double[]): StartupError {
  const lines = [...Map.groupBy(doubles, ({ many }) => many)].flatMap(([many, rows]) => {
    const more = (rows[0]?.of ?? 0) - rows.length;
    return [
      ...rows.map(({ id, text }) => `  ${many}: ${id} ${visible(text)}`),
      ...(more > 0 ? [`  and ${more} more ${many}`] : []),
    ];
  });
  return new StartupError(
    `Migration ${name} was given up; nothing of it was done. The case of a name and the blanks around it count no more, ` +
      `and so these have the name of another one:\n${lines.join("\n")}\n` +
      "Rename or delete all but one of each while the version before serves, then run migrate again.",
  );
}

/** In quotes, so that blanks at its ends are seen, those without width too. */
function visible(text: string): string {
  const hidden = /(?! )[\p{Z}\p{C}]/gu;
  return JSON.stringify(text).replaceAll(hidden, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
