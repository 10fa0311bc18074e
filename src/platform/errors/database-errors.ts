/** What PostgreSQL's and Sequelize's errors mean to a caller. */
import { BaseError, ConnectionAcquireTimeoutError, ConnectionError } from "sequelize";
import { Failure } from "./failure.ts";

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

/** The name of the unique constraint or index that an insert or update broke, or undefined for other errors. */
export function brokenUniqueConstraint(error: unknown): string | undefined {
  return sqlState(error) === SQLSTATE.uniqueViolation ? brokenConstraint(error) : undefined;
}

/** The table (`inventory.stock`) whose CHECK constraint a statement broke, or undefined for other errors. */
export function tableOfBrokenCheck(error: unknown): string | undefined {
  if (sqlState(error) !== SQLSTATE.checkViolation) return undefined;
  const origin = originOf(error);
  return origin instanceof Error ? `${textOf(origin, "schema")}.${textOf(origin, "table")}` : undefined;
}

/**
 * The foreign key (`inventory.stock_store_id_fkey`) that a new row broke, and what it refers to in vain; undefined for
 * other errors, and where what others refer to was to be deleted.
 */
export function brokenReference(error: unknown): { key: string; value: string } | undefined {
  if (sqlState(error) !== SQLSTATE.foreignKeyViolation) return undefined;
  const origin = originOf(error);
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
  if (isLockTimeout(error)) {
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
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === SQLSTATE.lockNotAvailable;
}

/** The SQLSTATE of an error of Sequelize's or of pg's, an errno such as ECONNRESET, or "" when it has none. */
export function sqlState(error: unknown): string {
  const origin = originOf(error);
  return origin instanceof Error ? (textOf(origin, "code") ?? "") : "";
}

/** The constraint that a statement broke, whoever ran it. */
export function brokenConstraint(error: unknown): string | undefined {
  const origin = originOf(error);
  return origin instanceof Error ? textOf(origin, "constraint") : undefined;
}

/** The driver's own error, which Sequelize keeps with its own (docs/upgrading.md). */
function originOf(error: unknown): unknown {
  return error instanceof BaseError ? Reflect.get(error, "parent") : error;
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
