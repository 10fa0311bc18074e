/**
 * Prepared statements inside a Sequelize transaction: planned once for each connection, sent by name.
 *
 * Sequelize names no statement. For the statements of placing an order that is half of the database's work: the one
 * that writes has eight parts to plan. A pooler that cannot keep names (PgBouncer before 1.21) needs them switched off.
 */
import pg from "pg";
import type { Transaction } from "sequelize";

export interface Statement {
  /** One for each text, the same on every connection. */
  name: string;
  text: string;
}

export type Run = <Row extends object>(transaction: Transaction, statement: Statement, values: unknown[]) => Promise<Row[]>;

/** @param prepared whether statements keep their names */
export function statementRunner({ prepared }: { prepared: boolean }): Run {
  return async function run<Row extends object>(transaction: Transaction, { name, text }: Statement, values: unknown[]): Promise<Row[]> {
    const connection: unknown = Reflect.get(transaction, "connection");
    if (!(connection instanceof pg.Client)) throw new TypeError("the transaction has no connection of pg");
    const { rows } = await connection.query<Row>(prepared ? { name, text, values } : { text, values });
    return rows;
  };
}
