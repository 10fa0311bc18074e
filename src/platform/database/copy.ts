/**
 * COPY: rows in and out of PostgreSQL as a stream, for loads that no list of parameters could carry.
 *
 * Rows are made while they are sent, and sent no faster than the server takes them, so a million need no more memory
 * than a hundred. The format is COPY's text (PostgreSQL, COPY, "Text Format").
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Client } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { Transaction } from "sequelize";

/** Lines are gathered to pieces of about this size: each piece costs a message and a turn of the event loop. */
const CHUNK_CHARACTERS = 64 * 1024;
/** What has a meaning of its own inside a line. */
const SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

export type CopyValue = string | number | bigint | boolean | Date | null;
export type CopyRow = readonly CopyValue[];

/**
 * Sends rows to `target`, a table with its columns such as `staged (id, name)`.
 * @param transaction of a database without a time limit for statements: pg takes a stream for a statement
 */
export async function copyInto(
  transaction: Transaction,
  target: string,
  rows: Iterable<CopyRow> | AsyncIterable<CopyRow>,
): Promise<void> {
  const copy = clientOf(transaction).query(copyFrom(`COPY ${target} FROM STDIN`));
  await pipeline(Readable.from(chunksOf(rows), { objectMode: false }), copy);
}

/** The lines that `sql`, a COPY … TO STDOUT, gives; they may be cut anywhere between two pieces. */
export function copyOut(transaction: Transaction, sql: string): Readable {
  return clientOf(transaction).query(copyTo(sql));
}

async function* chunksOf(rows: Iterable<CopyRow> | AsyncIterable<CopyRow>): AsyncGenerator<Buffer> {
  let lines = "";
  for await (const row of rows) {
    lines += lineOf(row);
    if (lines.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(lines);
    lines = "";
  }
  if (lines !== "") yield Buffer.from(lines);
}

export function lineOf(row: CopyRow): string {
  return `${row.map(textOf).join("\t")}\n`;
}

function textOf(value: CopyValue): string {
  if (value === null) return "\\N";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "string") return value.replace(SPECIAL, (character) => ESCAPES[character] ?? character);
  return String(value);
}

/** The driver's own connection under a Sequelize transaction; Sequelize itself has no COPY (docs/upgrading.md). */
function clientOf(transaction: Transaction): Client {
  const connection: unknown = Reflect.get(transaction, "connection");
  if (!(connection instanceof Client)) throw new TypeError("the transaction has no connection of pg's");
  return connection;
}
