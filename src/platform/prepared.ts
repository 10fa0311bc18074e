/**
 * Prepared statements inside a Sequelize transaction: planned once for each connection, sent by name.
 *
 * Sequelize names no statement. For the statements of placing an order that is half of the database's work: the one
 * that writes has eight parts to plan. A pooler that cannot keep names (PgBouncer before 1.21) needs them switched off.
 */
import pg from "pg";
import type { Transaction } from "sequelize";
import { withBegin, withCommit } from "./pipelining.ts";

export interface Statement {
  /** One for each text, the same on every connection. */
  name: string;
  text: string;
}

export type Run = <Row extends object>(transaction: Transaction, statement: Statement, values: unknown[]) => Promise<Row[]>;

export interface StatementRunner {
  run: Run;
  /** The same for a transaction's last statement, with which a pipelined one commits. */
  runLast: Run;
}

/** @param prepared whether statements keep their names */
export function statementRunner({ prepared }: { prepared: boolean }): StatementRunner {
  const sender = <Row extends object>({ name, text }: Statement, values: unknown[]) => (connection: pg.Client) =>
    connection.query<Row>(prepared ? { name, text, values } : { text, values });
  return {
    async run<Row extends object>(transaction: Transaction, statement: Statement, values: unknown[]): Promise<Row[]> {
      return (await withBegin<Row>(transaction, connectionOf(transaction), sender(statement, values))).rows;
    },
    async runLast<Row extends object>(transaction: Transaction, statement: Statement, values: unknown[]): Promise<Row[]> {
      return (await withCommit<Row>(transaction, connectionOf(transaction), sender(statement, values))).rows;
    },
  };
}

function connectionOf(transaction: Transaction): pg.Client {
  const connection: unknown = Reflect.get(transaction, "connection");
  if (!(connection instanceof pg.Client)) throw new TypeError("the transaction has no connection of pg");
  return connection;
}
