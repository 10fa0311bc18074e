/** The checklist of the database: what production wants of PostgreSQL's settings, roles and content. */
import type { Sequelize } from "sequelize";
import { runSql } from "../../platform/database/database.ts";
import { pendingMigrations } from "../../platform/database/schema/pending-migrations.ts";
import type { GUARDS } from "../../platform/database/pool/session-settings.ts";
import { error, type Finding, warning } from "./finding.ts";

export interface DatabaseWish {
  /** E-mail addresses of the accounts that the development seed makes. */
  seededEmails: string[];
  /** Connections that all processes may have together; undefined where a pooler bounds them. */
  connections: number | undefined;
}

/** Of what PostgreSQL gives, so much may be planned for: people, backups and a rolling restart need some too. */
export const PLANNED_SHARE = 0.8;

export async function databaseFindings(
  database: Sequelize,
  { seededEmails, connections }: DatabaseWish,
): Promise<Finding[]> {
  const pending = await pendingMigrations(database);
  return [
    ...(await settingFindings(database)),
    ...(await roleFindings(database)),
    ...(await guardFindings(database)),
    ...(connections === undefined ? [] : await connectionFindings(database, connections)),
    ...(pending.length > 0
      ? [error("migrations", `${pending.length} are pending. Run: node src/main.ts migrate`)]
      : await contentFindings(database, seededEmails)),
  ];
}

interface Settings {
  fsync: string;
  full_page_writes: string;
  synchronous_commit: string;
}

async function settingFindings(database: Sequelize): Promise<Finding[]> {
  const [settings] = await runSql<Settings>(
    database,
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
            current_setting('synchronous_commit') AS synchronous_commit`,
  );
  return [
    ...(settings?.fsync === "off"
      ? [error("fsync", "is off: a power cut can destroy the whole database. Set fsync = on in PostgreSQL.")]
      : []),
    ...(settings?.full_page_writes === "off"
      ? [
          error(
            "full_page_writes",
            "is off: a power cut can tear pages that nobody can mend. Set full_page_writes = on in PostgreSQL.",
          ),
        ]
      : []),
    ...(settings?.synchronous_commit === "off"
      ? [
          error(
            "synchronous_commit",
            "is off: orders that were acknowledged can be lost. Set synchronous_commit = on in PostgreSQL.",
          ),
        ]
      : []),
  ];
}

async function roleFindings(database: Sequelize): Promise<Finding[]> {
  const [role] = await runSql<{ name: string; superuser: boolean; owner: boolean }>(
    database,
    `SELECT current_user AS name, rolsuper AS superuser,
            EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = 'audit' AND c.relowner = r.oid) AS owner
     FROM pg_roles r WHERE rolname = current_user`,
  );
  const how =
    "Give DATABASE_URL a role that owns nothing, DATABASE_OWNER_URL the one that does, and run migrate: it grants the rest.";
  if (role?.superuser === true)
    return [
      error(
        "DATABASE_URL",
        `signs in as ${role.name}, a superuser: whoever takes over a process has the whole server. ${how}`,
      ),
    ];
  if (role?.owner === true)
    return [
      warning(
        "DATABASE_URL",
        `signs in as ${role.name}, who owns the tables: only triggers guard the audit log and the ledger. ${how}`,
      ),
    ];
  return [];
}

/** Longer, and others wait for a lost machine's locks for longer than their callers do. */
const LONGEST_GUARD_MS = 60_000;
/** Of the guards those that are times of their own; the others say how often is asked within them. */
const TIMES = [
  "idle_in_transaction_session_timeout",
  "tcp_keepalives_idle",
  "tcp_user_timeout",
  "client_connection_check_interval",
] satisfies (keyof typeof GUARDS)[];

/**
 * What a connection has before anybody sets anything: our processes set the same when they connect, but a pooler's own
 * connections and people with psql have only this.
 */
async function guardFindings(database: Sequelize): Promise<Finding[]> {
  const loose = await runSql<{ name: string }>(
    database,
    `SELECT name FROM pg_settings
     WHERE name = ANY($1::text[]) AND reset_val::bigint * CASE unit WHEN 's' THEN 1000 ELSE 1 END NOT BETWEEN 1 AND $2 ORDER BY array_position($1::text[], name)`,
    [TIMES, LONGEST_GUARD_MS],
  );
  const how = "Set it as the last lines of docs/postgres/roles.sql do.";
  return loose.map(({ name }) =>
    warning(
      name,
      `is off or above a minute: a connection that a pooler or psql opened may keep a lost machine's locks for hours. ${how}`,
    ),
  );
}

async function connectionFindings(database: Sequelize, connections: number): Promise<Finding[]> {
  const [row] = await runSql<{ available: number }>(
    database,
    `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
            - coalesce(current_setting('reserved_connections', true)::int, 0) AS available`,
  );
  const available = row?.available ?? 0;
  const sum = `all processes may open ${connections} connections, and PostgreSQL gives ${available}`;
  const how = "Lower DB_POOL or WORKERS, raise max_connections, or put PgBouncer between.";
  if (connections > available) return [error("DB_POOL", `${sum}. ${how}`)];
  return connections > available * PLANNED_SHARE
    ? [warning("DB_POOL", `${sum}: nearly all, and a rolling restart needs more for a while. ${how}`)]
    : [];
}

interface Content {
  seeded: number;
  admins: number;
  open_keys: number;
  open_secrets: number;
}

async function contentFindings(database: Sequelize, seededEmails: string[]): Promise<Finding[]> {
  const [content] = await runSql<Content>(
    database,
    `SELECT (SELECT count(*)::int FROM identity.users WHERE lower(email) = ANY($1::text[]) AND deleted_at IS NULL AND NOT disabled) AS seeded,
            (SELECT count(*)::int FROM identity.users WHERE role = 'ADMIN' AND deleted_at IS NULL AND NOT disabled
             AND NOT lower(email) = ANY($1::text[])) AS admins,
            (SELECT count(*)::int FROM identity.signing_keys WHERE private_key LIKE '-----BEGIN%') AS open_keys,
            (SELECT count(*)::int FROM webhooks.webhooks WHERE starts_with(secret, 'whsec_')) AS open_secrets`,
    [seededEmails],
  );
  const { seeded = 0, admins = 0, open_keys: openKeys = 0, open_secrets: openSecrets = 0 } = content ?? {};
  return [
    ...(seeded === 0
      ? []
      : [
          error(
            "accounts",
            `${seeded} of development's accounts can sign in, with a password that stands in the README. Delete them, or begin with an empty database.`,
          ),
        ]),
    ...(admins > 0 ? [] : [warning("accounts", "there is no admin. Make one: node src/main.ts admin create")]),
    ...(openKeys === 0
      ? []
      : [
          warning(
            "signing keys",
            `${openKeys} lie unencrypted in the database. Start with KEY_ENCRYPTION_KEY, then run: node src/main.ts keys rotate`,
          ),
        ]),
    ...(openSecrets === 0
      ? []
      : [
          warning(
            "webhook secrets",
            `${openSecrets} lie unencrypted in the database. Start the worker with KEY_ENCRYPTION_KEY: it encrypts them.`,
          ),
        ]),
  ];
}
