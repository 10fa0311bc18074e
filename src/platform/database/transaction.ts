/**
 * Transactions: the one place that begins, commits, rolls back and retries.
 *
 * A function that ran into a deadlock or a serialisation failure is repeated as a whole, because its reads are as
 * stale as its writes are gone. A COMMIT whose answer is lost is never repeated and never told as success: the
 * outcome is unknown, and the caller's `request_id` tells.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Sequelize, Transaction } from "sequelize";
import { ambientTransaction, inTransaction } from "./database.ts";
import { sqlState, tableOfBrokenCheck } from "../errors/database-errors.ts";
import { Failure } from "../errors/failure.ts";
import { hasEnded } from "./pipelining.ts";
import { metrics } from "../telemetry/metrics.ts";
import { transactionSlotsOf } from "./pool/transaction-slots.ts";

/** Deadlocks cannot happen by our lock order; if one does, four tries outlast any crowd that fits in a pool. */
const MAX_TRIES = 4;
const BACKOFF_MS = 20;
/** SQLSTATE serialization_failure and deadlock_detected. */
const RETRIED = new Set(["40001", "40P01"]);

export interface TransactionOptions {
  /** Aborted when the caller went away or the deadline passed: no further statement, no COMMIT. */
  signal?: { readonly aborted: boolean } | undefined;
  /** The caller's deadline, milliseconds since 1970: bounds each statement on the server. */
  deadline?: number | undefined;
  /** No statement waits longer for one lock: SQLSTATE 55P03. The connection's own limit unless told. */
  lockTimeoutMs?: number | undefined;
  /** Statements, without results, that are sent together with BEGIN. */
  beginWith?: string | undefined;
  /** The RPC that it is for: no more of its transactions run at once than leave places to others. */
  method?: object | undefined;
  /** The first and the last statement are a runner's, and carry BEGIN and COMMIT where the connections pipeline. */
  pipelined?: boolean | undefined;
}

/**
 * Runs `work` in a READ COMMITTED transaction, or in the one that is already open around it.
 * @throws what `work` throws, after a rollback; Failure DEADLINE_EXCEEDED or CANCELED before the COMMIT
 */
export async function withTransaction<T>(
  database: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const outer = ambientTransaction();
  if (outer !== undefined) return work(outer);
  for (let tries = 1; ; tries++) {
    try {
      return await once(database, work, options);
    } catch (error) {
      if (tries === MAX_TRIES || !RETRIED.has(sqlState(error)) || options.signal?.aborted === true) throw error;
      await sleep(BACKOFF_MS * 2 ** tries * Math.random());
    }
  }
}

/** What must wait until others can see the change: done after the COMMIT, at once where no transaction is open. */
export async function afterCommit(work: () => void | Promise<void>): Promise<void> {
  const transaction = ambientTransaction();
  if (transaction === undefined) return work();
  const waiting = afterCommits.get(transaction) ?? [];
  waiting.push(work);
  afterCommits.set(transaction, waiting);
}

const afterCommits = new WeakMap<Transaction, (() => void | Promise<void>)[]>();

async function once<T>(
  database: Sequelize,
  work: (transaction: Transaction) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  using _place = await transactionSlotsOf(database)?.take(options.method, options.deadline);
  throwIfOver(options);
  const statementTimeoutMs = options.deadline === undefined ? undefined : options.deadline - Date.now();
  const { lockTimeoutMs, beginWith, pipelined } = options;
  const transaction = await database.transaction({ statementTimeoutMs, lockTimeoutMs, beginWith, pipelined });
  let result: T;
  try {
    result = await inTransaction(transaction, () => work(transaction));
    if (!hasEnded(transaction)) throwIfOver(options);
    await commit(transaction);
  } catch (error) {
    if (!(error instanceof UnknownOutcome)) await rollBack(transaction);
    const table = tableOfBrokenCheck(error);
    if (table !== undefined) metrics.checkViolations.inc({ table });
    throw error instanceof UnknownOutcome ? error.cause : error;
  }
  for (const rest of afterCommits.get(transaction) ?? []) await rest();
  return result;
}

function throwIfOver({ signal, deadline }: TransactionOptions): void {
  if (deadline !== undefined && Date.now() >= deadline) {
    throw new Failure("DEADLINE_EXCEEDED", "The deadline passed; nothing was changed.");
  }
  if (signal?.aborted === true) throw new Failure("CANCELED", "The caller went away; nothing was changed.");
}

class UnknownOutcome extends Error {}

async function commit(transaction: Transaction): Promise<void> {
  try {
    await transaction.commit();
  } catch (error) {
    throw new UnknownOutcome("COMMIT failed", { cause: error });
  }
}

/** A rollback that fails has lost its connection, and with it the transaction: the first error is the one to tell. */
async function rollBack(transaction: Transaction): Promise<void> {
  try {
    await transaction.rollback();
  } catch {
    return;
  }
}
