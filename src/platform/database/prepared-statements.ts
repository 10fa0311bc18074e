/**
 * Prepared statements inside a Sequelize transaction: planned once for each connection, sent by name.
 *
 * Sequelize names no statement. For the statements of placing an order that is half of the database's work: the one
 * that writes has eight parts to plan. A pooler that cannot keep names (PgBouncer before 1.21) needs them switched off.
 */
import pg from "pg";
import type { Transaction } from "sequelize";
import { pipelines, withBegin, withCommit } from "./pipelining.ts";

export interface Statement {
  /** One for each text, the same on every connection. */
  name: string;
  text: string;
}

/** Sends a statement. It begins when the one before it has ended, and sees what was committed by then. */
export type Send = <Row extends object>(statement: Statement, values: unknown[]) => Promise<Row[]>;

export interface StatementRunner {
  /**
   * Runs all statements that `ask` sends, in one round trip where the connections pipeline.
   * @returns their answers when all have come, errors too: behind a statement that failed, all others fail
   */
  run<Answers extends Record<string, Promise<unknown> | undefined>>(
    transaction: Transaction,
    ask: (send: Send) => Answers,
  ): Promise<Answers>;
  /** The same for a transaction's last statements, with which a pipelined one commits. @throws when one of them fails */
  runLast(transaction: Transaction, ask: (send: Send) => Promise<unknown>[]): Promise<void>;
}

/** @param prepared whether statements keep their names */
export function statementRunner({ prepared }: { prepared: boolean }): StatementRunner {
  function sender(connection: pg.Client): Send {
    const send: Send = async <Row extends object>({ name, text }: Statement, values: unknown[]) =>
      (await connection.query<Row>(prepared ? { name, text, values } : { text, values })).rows;
    return pipelines(connection) ? send : oneByOne(send);
  }
  return {
    run(transaction, ask) {
      const connection = connectionOf(transaction);
      return withBegin(transaction, connection, () => ask(sender(connection)));
    },
    runLast(transaction, ask) {
      const connection = connectionOf(transaction);
      return withCommit(transaction, connection, () => ask(sender(connection)));
    },
  };
}

/** Waits with each statement for the answer to the one before it. */
function oneByOne(send: Send): Send {
  let last: Promise<unknown> = Promise.resolve();
  return async <Row extends object>(statement: Statement, values: unknown[]) => {
    const answer = last.catch(() => undefined).then(() => send<Row>(statement, values));
    last = answer;
    return answer;
  };
}

/** Sequelize keeps it for itself (docs/upgrading.md). */
function connectionOf(transaction: Transaction): pg.Client {
  const connection: unknown = Reflect.get(transaction, "connection");
  if (!(connection instanceof pg.Client)) throw new TypeError("the transaction has no connection of pg");
  return connection;
}
