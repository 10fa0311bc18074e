/**
 * The connection to PostgreSQL: one Sequelize and its pool.
 *
 * Sequelize's CLS hook is bound to an AsyncLocalStorage, so that every statement inside `withTransaction` runs in
 * that transaction; a forgotten `{ transaction }` would run outside it, without its locks.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Client } from "pg";
import { QueryTypes, Sequelize, type Transaction, type TransactionOptions } from "sequelize";
import { socketMaker } from "./pool/sockets.ts";
import { withoutCallerDeadline, checkCallerDeadline } from "../context/caller-deadline.ts";
import { pipeline } from "./pipelining.ts";
import { limitTransactions } from "./pool/transaction-slots.ts";
import { sessionSettings, STATEMENT_TIMEOUT_MS } from "./pool/session-settings.ts";

/** How long a call waits for a free connection: longer than any healthy queue, shorter than a caller's patience. */
const ACQUIRE_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A connection nobody used for this long is closed, so that a failed-over server's are not kept for ever. */
const IDLE_TIMEOUT_MS = 60_000;
const SILENT_AFTER_MS = 5_000;

const ambient = new AsyncLocalStorage<Transaction>();

export interface DatabaseOptions {
  url: string;
  /** Connections at most. */
  pool: number;
  /** Shown in pg_stat_activity. */
  name: string;
  /** Longest statement; 30 s unless told. 0 for no limit, nor one for the wait for a lock. */
  statementTimeoutMs?: number;
  /** Whether transactions may leave BEGIN and COMMIT to their statements (pipelining.ts). Its connections cannot COPY. */
  pipelined?: boolean;
  /** Where many callers share it, its transactions leave connections to others (pool/transaction-slots.ts); RPCs that wait for the same rows count as one. */
  shared?: { together: readonly object[] };
  /** How long a call waits for a free connection; 5 s unless told. */
  acquireTimeoutMs?: number;
  /** How long a new connection may take; 5 s unless told. */
  connectTimeoutMs?: number;
}

export function openDatabase(options: DatabaseOptions): Sequelize {
  Sequelize.useCLS({
    bind: (work: unknown) => work,
    run: (work: () => unknown) => work(),
    get: (key: string) => (key === "transaction" ? ambient.getStore() : undefined),
    set: () => undefined,
  });
  const sockets = socketMaker();
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const database = new Sequelize(options.url, {
    dialect: "postgres",
    logging: false,
    pool: { max: options.pool, min: 0, acquire: options.acquireTimeoutMs ?? ACQUIRE_TIMEOUT_MS, idle: IDLE_TIMEOUT_MS },
    dialectOptions: {
      application_name: options.name,
      connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      // The server ends a statement by itself; a connection on which it does not say so is dead.
      query_timeout: statementTimeoutMs === 0 ? undefined : statementTimeoutMs + SILENT_AFTER_MS,
      stream: sockets.make,
    },
  });
  sockets.belongTo(database);
  setAtConnect(database, sessionSettings(statementTimeoutMs));
  boundStatementsAtBegin(database);
  leaveTheDeadOut(database);
  if (options.pipelined === true) pipeline(database);
  if (options.shared !== undefined) limitTransactions(database, options.pool, options.shared.together);
  return database;
}

declare module "sequelize" {
  interface TransactionOptions {
    /** No statement of the transaction runs longer. */
    statementTimeoutMs?: number | undefined;
    /** No statement of the transaction waits longer for one lock. */
    lockTimeoutMs?: number | undefined;
    /** Statements, without results, that are sent together with BEGIN. */
    beginWith?: string | undefined;
  }
}

/** A connection that does not take the settings is none: Sequelize would forget it, and leave it open. */
function setAtConnect(database: Sequelize, settings: string): void {
  database.addHook("afterConnect", async (connection) => {
    if (!(connection instanceof Client)) throw new TypeError("Sequelize has a connection that is not pg's");
    try {
      await connection.query(settings);
    } catch (error) {
      connection.end().catch(() => undefined);
      throw error;
    }
  });
}

/** Gives a connection back at once where its turn has come too late. */
function leaveTheDeadOut(database: Sequelize): void {
  database.addHook("afterPoolAcquire", (connection) => {
    try {
      checkCallerDeadline();
    } catch (error) {
      database.connectionManager.releaseConnection(connection);
      throw error;
    }
  });
}

/**
 * Sends a transaction's statement timeout, and what else it begins with, together with its BEGIN: as a statement of
 * its own it would cost every call with a deadline another round trip. Sequelize offers no other way (docs/upgrading.md).
 */
function boundStatementsAtBegin(database: Sequelize): void {
  const generator = database.getQueryInterface().queryGenerator;
  if (typeof generator !== "object" || generator === null) throw new TypeError("Sequelize has no query generator");
  Reflect.set(generator, "startTransactionQuery", ({ options }: { options: TransactionOptions }) => {
    const { statementTimeoutMs: timeoutMs, lockTimeoutMs, beginWith } = options;
    const bounds = [
      timeoutMs === undefined || timeoutMs >= STATEMENT_TIMEOUT_MS
        ? []
        : `SET LOCAL statement_timeout = ${Math.max(1, Math.ceil(timeoutMs))}`,
      lockTimeoutMs === undefined ? [] : `SET LOCAL lock_timeout = ${lockTimeoutMs}`,
    ];
    return ["START TRANSACTION", ...bounds.flat(), beginWith ?? []].flat().join("; ");
  });
}

/** The transaction that the running code stands in, if any. */
export function ambientTransaction(): Transaction | undefined {
  return ambient.getStore();
}

/** Runs `work` with `transaction` as the one that its statements join. */
export function inTransaction<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
  return ambient.run(transaction, work);
}

/** Runs `work` outside of the transaction that the running code stands in, for what outlives or must not see it. */
export function outsideTransaction<T>(work: () => Promise<T>): Promise<T> {
  return ambient.exit(() => withoutCallerDeadline(work));
}

/** Runs SQL with `$1`-style parameters. @returns its rows, or those of RETURNING; BIGINT and NUMERIC arrive as strings */
export async function runSql<Row extends object>(
  database: Sequelize,
  sql: string,
  bind: unknown[] = [],
): Promise<Row[]> {
  return database.query<Row>(sql, { type: QueryTypes.SELECT, bind });
}

/** Reads the one row that there always is. */
export async function one<Row extends object>(database: Sequelize, sql: string, bind: unknown[] = []): Promise<Row> {
  const [row] = await runSql<Row>(database, sql, bind);
  if (row === undefined) throw new TypeError(`no row came of ${sql}`);
  return row;
}
