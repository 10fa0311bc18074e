/**
 * Brings the database's schema to what this version needs, while the version before goes on serving.
 *
 * Umzug runs the numbered files of src/migrations in order, each in a transaction of its own, so that a lock is held
 * for one step only. A second connection holds an advisory lock all the while: two machines that start at once take
 * turns, and the second finds nothing left to do. It is a transaction's lock, which a pooler keeps too.
 *
 * A step that waits for a table makes everybody who comes later wait behind it. So it waits for a moment only, gives
 * up, lets them through, and tries again.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Sequelize } from "sequelize";
import { MigrationError, type MigrationFn, SequelizeStorage, Umzug } from "umzug";
import { openDatabase, outsideTransaction, runSql } from "../database.ts";
import { sqlState } from "../../errors/database-errors.ts";
import { grantApplication, roleOf } from "./grants.ts";
import { MIGRATIONS, nameOf } from "./pending-migrations.ts";
import { MAY_STAND_STILL } from "../pool/session-settings.ts";
import { StartupError } from "../../errors/startup-error.ts";
import { withTransaction } from "../transaction.ts";
import { MIGRATION_LOCK } from "../advisory-locks.ts";

export type Migration = MigrationFn<Sequelize>;

/** What a file of src/migrations holds. */
interface MigrationFile {
  up: Migration;
  down: Migration;
  /** For CREATE INDEX CONCURRENTLY, which runs in no transaction: each statement by itself, safe to repeat. */
  withoutTransaction?: true;
}

export interface MigrateOptions {
  /** Where the files are; src/migrations unless told. */
  folder?: string;
  /** How often a step tries to get its locks before it gives up. */
  lockTries?: number;
  /** Is told of every try that had to be given up. */
  onWaiting?: (line: string) => void;
}

const TURN_POLL_MS = 200;
/** Building an index over a large table takes as long as it takes. */
const NO_TIMEOUT_MS = 0;
/**
 * How long callers may wait behind a step that waits: well within the deadline of any, and shorter than PostgreSQL's
 * deadlock_timeout (1 s), so that in a circle the step gives up and no caller is chosen.
 */
const LOCK_TIMEOUT_MS = 500;
/** Longer than the wait, so that callers have more of the time than the migration. */
const LOCK_PAUSE_MS = 1_500;
/** Two minutes: more than any statement of ours may take. Whoever reads for longer has to end first. */
const LOCK_TRIES = 60;
/** SQLSTATE lock_not_available and deadlock_detected. */
const NO_LOCK = new Set(["55P03", "40P01"]);

/**
 * @param url of the role that owns the schemas
 * @param applicationUrl whose role is granted what the application needs
 * @returns the names of the migrations that were run
 * @throws StartupError when a step does not get its locks, or finds what people must put right; those before it stay done
 */
export async function migrate(
  url: string,
  applicationUrl: string = url,
  options: MigrateOptions = {},
): Promise<string[]> {
  const application = roleOf(applicationUrl);
  const database = openDatabase({ url, pool: 2, name: "bodega migrate", statementTimeoutMs: NO_TIMEOUT_MS });
  try {
    const inTurn = async () => {
      await waitForTurn(database);
      return outsideTransaction(async () => {
        const done = await runPending(database, options);
        if (application !== undefined) await withTransaction(database, () => grantApplication(database, application));
        return done;
      });
    };
    return await withTransaction(database, inTurn, { beginWith: MAY_STAND_STILL });
  } finally {
    await database.close();
  }
}

/** Runs single steps, up and down, without the locks and the patience of `migrate`. */
export function migrator(database: Sequelize, folder: string = MIGRATIONS) {
  return new Umzug({
    migrations: { glob: ["*.ts", { cwd: folder }], resolve },
    context: database,
    storage: new SequelizeStorage({ sequelize: database }),
    logger: undefined,
  });
}

/** Umzug's own loader would `require` the file; the extension stays out of the stored name, so that it may change. */
function resolve({ name, path: file = "", context }: { name: string; path?: string | undefined; context: Sequelize }) {
  const stored = nameOf(name);
  return {
    name: stored,
    path: file,
    up: async () => (await load(file)).up({ name: stored, context }),
    down: async () => (await load(file)).down({ name: stored, context }),
  };
}

async function load(file: string): Promise<MigrationFile> {
  return import(pathToFileURL(file).href);
}

async function runPending(
  database: Sequelize,
  { folder, lockTries = LOCK_TRIES, onWaiting }: MigrateOptions,
): Promise<string[]> {
  const steps = migrator(database, folder);
  const pending = await steps.pending();
  for (const { name, path: file = "" } of pending) {
    const { withoutTransaction } = await load(file);
    const run = async () => {
      await steps.up({ migrations: [name] }).catch((error: unknown) => {
        throw problemOf(error) ?? error;
      });
    };
    if (withoutTransaction === true) await run();
    else await patiently(name, () => withShortLocks(database, run), { tries: lockTries, onWaiting });
  }
  return pending.map(({ name }) => name);
}

/** What a step says to the person at the terminal, out of the error that Umzug makes of it. */
function problemOf(error: unknown): StartupError | undefined {
  return error instanceof MigrationError && error.cause instanceof StartupError ? error.cause : undefined;
}

/**
 * Asks again and again, and as plain text: a statement that waited for the lock, or one with a parameter, would keep a
 * snapshot open, for whose end the other migrator's CREATE INDEX CONCURRENTLY would wait in turn.
 */
async function waitForTurn(database: Sequelize): Promise<void> {
  for (;;) {
    const [lock] = await runSql<{ mine: boolean }>(
      database,
      `SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AS mine`,
    );
    if (lock?.mine === true) return;
    await sleep(TURN_POLL_MS);
  }
}

function withShortLocks(database: Sequelize, run: () => Promise<void>): Promise<void> {
  return withTransaction(database, async () => {
    await database.query(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await run();
  });
}

interface Patience {
  tries: number;
  onWaiting: MigrateOptions["onWaiting"];
}

async function patiently(name: string, run: () => Promise<void>, { tries, onWaiting }: Patience): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      return await run();
    } catch (error) {
      if (!NO_LOCK.has(sqlState(error instanceof MigrationError ? error.cause : error))) throw error;
      if (tried === tries) throw gaveUp(name, tries, error);
      onWaiting?.(`Migration ${name} waits: somebody uses its table for long. Callers go first; it is tried again.`);
      await sleep(LOCK_PAUSE_MS);
    }
  }
}

function gaveUp(name: string, tries: number, cause: unknown): StartupError {
  return new StartupError(
    `Migration ${name} did not get its locks in ${tries} tries and was given up; nothing of it was done. ` +
      "End what uses its tables for long (SELECT * FROM pg_stat_activity ORDER BY xact_start), then run it again.",
    { cause },
  );
}
