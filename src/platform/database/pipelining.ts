/**
 * Transactions in two round trips instead of four: BEGIN travels with the first statement, COMMIT with the last.
 *
 * pg sends on without waiting for answers when it is told to pipeline, but Sequelize waits for its own BEGIN and COMMIT.
 * So a transaction that is begun as `pipelined` leaves both to its statements; docs/performance.md has the figures.
 *
 * Each message stands for itself: were BEGIN refused alone, the statement behind it would run outside of a transaction.
 * Hence the first one only reads, and nothing is decided by what it read before BEGIN is answered. Were the last one
 * refused, the COMMIT behind it would roll back, as PostgreSQL does with a transaction that has failed.
 */
import { type Client, DatabaseError } from "pg";
import type { Sequelize, Transaction } from "sequelize";

declare module "sequelize" {
  interface TransactionOptions {
    /** Its first and last statements are sent by `withBegin` and `withCommit`. Without effect where nothing pipelines. */
    pipelined?: boolean | undefined;
  }
}

/** Connections that send on without waiting for answers. */
const pipelining = new WeakSet<object>();
const pipelined = new WeakSet<Transaction>();
/** Those that were not sent yet. */
const begins = new WeakMap<Transaction, string>();
/** Those whose COMMIT was answered, one way or the other. */
const ended = new WeakSet<Transaction>();

/** Lets the database's connections pipeline (docs/upgrading.md). They can no longer COPY. */
export function pipeline(database: Sequelize): void {
  database.addHook("afterConnect", (connection: object) => {
    Reflect.set(connection, "pipeline", true);
    pipelining.add(connection);
  });
  const queries = database.getQueryInterface();
  const { start, commit, rollback } = {
    start: queries.startTransaction.bind(queries),
    commit: queries.commitTransaction.bind(queries),
    rollback: queries.rollbackTransaction.bind(queries),
  };
  queries.startTransaction = async (transaction, options) => {
    if (optionsOf(transaction).pipelined !== true) return start(transaction, options);
    pipelined.add(transaction);
    begins.set(transaction, beginOf(queries, transaction));
  };
  queries.commitTransaction = async (transaction, options) => {
    if (!begins.has(transaction) && !ended.has(transaction)) await commit(transaction, options);
  };
  queries.rollbackTransaction = async (transaction, options) => {
    if (!begins.has(transaction) && !ended.has(transaction)) await rollback(transaction, options);
  };
}

/** Whether statements may be sent on a connection before the answers to those before them have come. */
export function pipelines(connection: Client): boolean {
  return pipelining.has(connection);
}

/** Whether its last statement has ended it: there is nothing left to commit or to roll back. */
export function hasEnded(transaction: Transaction): boolean {
  return ended.has(transaction);
}

/**
 * Sends statements without waiting between them, behind the transaction's BEGIN if that waits.
 * @returns their answers when all have come, also those that are errors
 * @throws when BEGIN fails
 */
export async function withBegin<Answers extends Record<string, Promise<unknown> | undefined>>(
  transaction: Transaction,
  connection: Client,
  send: () => Answers,
): Promise<Answers> {
  const begin = begins.get(transaction);
  begins.delete(transaction);
  const [begun, answers] = inOneWrite(connection, () => [
    begin === undefined ? undefined : connection.query(begin),
    send(),
  ]);
  await Promise.allSettled([begun, ...Object.values(answers)]);
  await begun;
  return answers;
}

/**
 * Sends the last statements of a pipelined transaction and its COMMIT; of another one, the statements alone.
 * @throws what the first of them that failed threw; a COMMIT that failed on the wire is an outcome unknown, like any
 */
export async function withCommit(
  transaction: Transaction,
  connection: Client,
  send: () => Promise<unknown>[],
): Promise<void> {
  const commits = pipelined.has(transaction) && !begins.has(transaction);
  const { sent } = await withBegin(transaction, connection, () => ({
    sent: Promise.allSettled(commits ? [...send(), connection.query("COMMIT")] : send()),
  }));
  const answers = await sent;
  const commit = answers.at(-1);
  if (commits && (commit?.status === "fulfilled" || commit?.reason instanceof DatabaseError)) ended.add(transaction);
  for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
}

/** Writing to a socket costs as much as preparing what is written; queries that go together go in one write. */
function inOneWrite<T>(connection: Client, queries: () => T): T {
  const { stream } = connection.connection;
  stream.cork();
  try {
    return queries();
  } finally {
    stream.uncork();
  }
}

function optionsOf(transaction: Transaction): { pipelined?: boolean | undefined } {
  const options: unknown = Reflect.get(transaction, "options");
  return typeof options === "object" && options !== null ? options : {};
}

function beginOf(queries: object, transaction: Transaction): string {
  const generator: unknown = Reflect.get(queries, "queryGenerator");
  const begin: unknown =
    typeof generator === "object" && generator !== null ? Reflect.get(generator, "startTransactionQuery") : undefined;
  if (typeof begin !== "function") throw new TypeError("Sequelize does not say how a transaction begins");
  return String(begin.call(generator, transaction));
}
