/**
 * What can be done to many rows at once: row by row, by the RPC that does it to one.
 *
 * What becomes of each is settled when it is confirmed and stays so for every try. A step goes with the etag that was
 * read, and one whose answer was lost is looked at before it is tried again: nothing is done twice.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import type { Row } from "../resources/resource.ts";

export interface Act<T extends Row> {
  /** On its button. */
  words: string;
  method: DescMethod | undefined;
  /** What is asked for before; nothing for a plain act. */
  inputs?: readonly ActInput[];
  /** What becomes of a row; in words why nothing does. @throws WrongValue for an input that is none */
  plan(row: T, values: Readonly<Record<string, string>>): Step<T> | string;
}

export interface ActInput {
  name: string;
  label: string;
  hint?: string;
  /** A choice, where only some values are taken. */
  options?: () => { value: string; words: string }[];
}

export interface Step<T extends Row> {
  row: T;
  /** What changes: `$12.50 → $13.75`. */
  words: string;
  /** @param from the row with the etag to go by */
  send(from: T): Promise<void>;
  /** Whether a row that was read says that it was done. */
  isDone(now: T): boolean;
}
