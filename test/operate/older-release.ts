/**
 * What a migration must not do, since the release before goes on serving while it runs and afterwards: take away or
 * rename what that release uses, demand what it does not write, or hold a table of everybody's for long.
 *
 * A statement that has to, because no release that still runs knows the thing, says so in a comment right before it:
 * `-- contract: <which release stopped using it>`.
 */

/** Tables that every call reads or writes: a lock that keeps writers out while rows are read is felt by all. */
const HOT =
  /^(?:orders\.(?:orders|items|outbox|redemptions|promotions)|inventory\.(?:stock|movements)|catalog\.(?:products|categories)|identity\.(?:users|refresh_tokens)|platform\.requests|carts\.(?:carts|items)|audit\.events)$/i;

interface Rule {
  pattern: RegExp;
  why: string;
}

const RULES: Rule[] = [
  {
    pattern: /\bDROP\s+(?:TABLE|SCHEMA|COLUMN|FUNCTION|TYPE|VIEW)\b/i,
    why: "takes away what the release before may use",
  },
  { pattern: /\bRENAME\b/i, why: "renames what the release before uses by its old name" },
  {
    pattern: /\bALTER\s+COLUMN\s+\S+\s+(?:SET\s+DATA\s+)?TYPE\b/i,
    why: "rewrites the table, and the release before expects the old type",
  },
  { pattern: /\bSET\s+NOT\s+NULL\b/i, why: "demands what the release before may leave out" },
  { pattern: /\bALTER\s+COLUMN\s+\S+\s+DROP\s+DEFAULT\b/i, why: "demands what the release before leaves out" },
];

/** Why the SQL would hurt the release before, a line for each statement that does; none when it would not. */
export function hurtsOlderRelease(sql: string): string[] {
  const statements = statementsOf(sql);
  const made = new Set(
    statements.flatMap(({ text }) => /\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\S+)/i.exec(text)?.[1] ?? []),
  );
  return statements
    .filter(({ marked }) => !marked)
    .flatMap(({ text }) =>
      [...RULES.filter(({ pattern }) => pattern.test(text)).map(({ why }) => why), ...onHotTable(text, made)].map(
        (why) => `${brief(text)}: ${why}`,
      ),
    );
}

function onHotTable(text: string, made: ReadonlySet<string>): string[] {
  const why: string[] = [];
  const indexed = /\bCREATE\s+(?:UNIQUE\s+)?INDEX\s+(CONCURRENTLY\b)?.*?\bON\s+([\w.]+)/is.exec(text);
  if (indexed?.[1] === undefined && indexed?.[2] !== undefined && isHot(indexed[2], made))
    why.push("keeps writers out while the index is built; make it CONCURRENTLY");
  const altered = /\bALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?([\w.]+)(.*)/is.exec(text);
  const [, table = "", clauses = ""] = altered ?? [];
  if (/\bADD\s+CONSTRAINT\b(?!.*\bNOT\s+VALID\b)/is.test(clauses) && isHot(table, made))
    why.push("reads the whole table under its lock; add it NOT VALID, then VALIDATE");
  for (const [column] of clauses.matchAll(/\bADD\s+COLUMN\b(?:(?!\bADD\b).)*/gis)) {
    if (/\bNOT\s+NULL\b/i.test(column) && !/\bDEFAULT\b/i.test(column))
      why.push("demands what the release before does not write; give it a DEFAULT");
  }
  return why;
}

function isHot(table: string, made: ReadonlySet<string>): boolean {
  return HOT.test(table) && !made.has(table);
}

interface Statement {
  text: string;
  marked: boolean;
}

/** Without comments and without the bodies of functions, which are not run by the migration. */
function statementsOf(sql: string): Statement[] {
  const bodiless = sql.replaceAll(/\$(\w*)\$.*?\$\1\$/gs, "''");
  return bodiless.split(";").map((text) => ({
    marked: /--\s*contract:\s*\S/i.test(text),
    text: text.replaceAll(/--[^\n]*/g, "").trim(),
  }));
}

function brief(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 100);
}
