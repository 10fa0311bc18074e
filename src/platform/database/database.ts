/**
 * The connection to PostgreSQL: one Sequelize, its pool, and what its errors mean to a caller.
 *
 * Sequelize's CLS hook is bound to an AsyncLocalStorage, so that every statement inside `withTransaction` runs in
 * that transaction; a forgotten `{ transaction }` would run outside it, without its locks.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { Client } from "pg";
import {
  BaseError,
  ConnectionAcquireTimeoutError,
  ConnectionError,
  QueryTypes,
  Sequelize,
  type Transaction,
  type TransactionOptions,
} from "sequelize";
import { socketMaker } from "./pool/sockets.ts";
import { Failure } from "../errors/failure.ts";
import { forEverybody, stillWaited } from "../context/caller-deadline.ts";
import { pipeline } from "./pipelining.ts";
import { sparingConnections } from "./pool/transaction-slots.ts";
import { sessionSettings, STATEMENT_TIMEOUT_MS } from "./pool/session-settings.ts";

/** How long a call waits for a free connection: longer than any healthy queue, shorter than a caller's patience. */
const ACQUIRE_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** A connection nobody used for this long is closed, so that a failed-over server's are not kept for ever. */
const IDLE_TIMEOUT_MS = 60_000;
const SILENT_AFTER_MS = 5_000;
const RETRY_AFTER_MS = 1_000;

/** SQLSTATE codes (PostgreSQL, appendix A) that decide what a caller is told. */
const SQLSTATE = {
  queryCanceled: "57014",
  lockNotAvailable: "55P03",
  foreignKeyViolation: "23503",
  uniqueViolation: "23505",
  checkViolation: "23514",
} as const;
/**
 * Classes and codes that mean "the server is away or going, or has ended this connection": connection exception, operator
 * intervention (57P05: an idle session's end), too many clients, a replica, a transaction that stood still (25P03) or took
 * too long (25P04, from PostgreSQL 17 on).
 */
const AWAY = /^(08|57P|53300|25006|25P03|25P04)/;

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
  /** Where many callers share it, its transactions leave connections to others (places.ts); RPCs that wait for the same rows count as one. */
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
  if (options.shared !== undefined) sparingConnections(database, options.pool, options.shared.together);
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
      stillWaited();
    } catch (error) {
      database.connectionManager.releaseConnection(connection);
      throw error;
    }
  });
}

/**
 * Sends a transaction's statement timeout, and what else it begins with, together with its BEGIN: as a statement of
 * its own it would cost every call with a deadline another round trip.
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
  return ambient.exit(() => forEverybody(work));
}

/** Reads rows by SQL with `$1`-style parameters. BIGINT and NUMERIC arrive as strings. */
export async function select<Row extends object>(
  database: Sequelize,
  sql: string,
  bind: unknown[] = [],
): Promise<Row[]> {
  return database.query<Row>(sql, { type: QueryTypes.SELECT, bind });
}

/** Reads the one row that there always is. */
export async function one<Row extends object>(database: Sequelize, sql: string, bind: unknown[] = []): Promise<Row> {
  const [row] = await select<Row>(database, sql, bind);
  if (row === undefined) throw new TypeError(`no row came of ${sql}`);
  return row;
}

/** Runs SQL that changes rows. `RETURNING` rows come back as with `select`. */
export async function execute<Row extends object>(
  database: Sequelize,
  sql: string,
  bind: unknown[] = [],
): Promise<Row[]> {
  return database.query<Row>(sql, { type: QueryTypes.SELECT, bind });
}

/** The name of the unique constraint or index that an insert or update broke, or undefined for other errors. */
export function brokenUniqueConstraint(error: unknown): string | undefined {
  return sqlState(error) === SQLSTATE.uniqueViolation ? brokenConstraint(error) : undefined;
}

/** The table (`inventory.stock`) whose CHECK constraint a statement broke, or undefined for other errors. */
export function tableOfBrokenCheck(error: unknown): string | undefined {
  if (sqlState(error) !== SQLSTATE.checkViolation) return undefined;
  const origin: unknown = error instanceof BaseError ? Reflect.get(error, "parent") : error;
  return origin instanceof Error ? `${textOf(origin, "schema")}.${textOf(origin, "table")}` : undefined;
}

/**
 * The foreign key (`inventory.stock_store_id_fkey`) that a new row broke, and what it refers to in vain; undefined for
 * other errors, and where what others refer to was to be deleted.
 */
export function brokenReference(error: unknown): { key: string; value: string } | undefined {
  if (sqlState(error) !== SQLSTATE.foreignKeyViolation) return undefined;
  const origin: unknown = error instanceof BaseError ? Reflect.get(error, "parent") : error;
  if (!(origin instanceof Error)) return undefined;
  // In any language: Key (store_id)=(…). A row that others refer to is named by its own id.
  const [, column, value] = /\((\w+)\)=\(([^)]*)\)/.exec(textOf(origin, "detail") ?? "") ?? [];
  if (column === undefined || value === undefined || column === "id") return undefined;
  return { key: `${textOf(origin, "schema")}.${textOf(origin, "constraint")}`, value };
}

/** What a database error means to the caller, by Sequelize or by pg itself; undefined when it is a bug of ours. */
export function databaseFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof ConnectionAcquireTimeoutError) {
    return new Failure("TOO_BUSY", "All database connections are in use. Try again shortly.", {
      retryAfterMs: RETRY_AFTER_MS,
      cause: error,
    });
  }
  const state = sqlState(error);
  if (state === SQLSTATE.queryCanceled) {
    return new Failure("DEADLINE_EXCEEDED", "The deadline passed while the database worked.", { cause: error });
  }
  if (waitedInVain(error)) {
    const message = "Somebody else has been changing the same for long; nothing was changed. Try again shortly.";
    return new Failure("TOO_BUSY", message, { retryAfterMs: RETRY_AFTER_MS, cause: error });
  }
  if (error instanceof ConnectionError || AWAY.test(state) || isLostConnection(error)) {
    return new Failure("UNAVAILABLE", "The database is away. Try again shortly.", {
      retryAfterMs: RETRY_AFTER_MS,
      cause: error,
    });
  }
  return undefined;
}

/** Whether somebody else's lock was waited for until the wait was given up. */
export function waitedInVain(error: unknown): boolean {
  return sqlState(error) === SQLSTATE.lockNotAvailable;
}

/** The SQLSTATE of an error of Sequelize's or of pg's, an errno such as ECONNRESET, or "" when it has none. */
export function sqlState(error: unknown): string {
  const origin: unknown = error instanceof BaseError ? Reflect.get(error, "parent") : error;
  return origin instanceof Error ? (textOf(origin, "code") ?? "") : "";
}

/** The constraint that a statement broke, whoever ran it. */
export function brokenConstraint(error: unknown): string | undefined {
  const origin: unknown = error instanceof BaseError ? Reflect.get(error, "parent") : error;
  return origin instanceof Error ? textOf(origin, "constraint") : undefined;
}

/** pg reports a connection that broke under a statement by errno or text, without a SQLSTATE. */
function isLostConnection(error: Error): boolean {
  const state = sqlState(error);
  if (/^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH)/.test(state)) return true;
  return (
    state === "" &&
    /Connection terminated|Client has encountered a connection error|not queryable|Query read timeout/.test(
      error.message,
    )
  );
}

function textOf(holder: object, key: string): string | undefined {
  const value: unknown = Reflect.get(holder, key);
  return typeof value === "string" ? value : undefined;
}
