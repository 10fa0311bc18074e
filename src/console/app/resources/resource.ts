/**
 * What the console can do with one kind of thing: list, read, make, change, delete; each by the RPC that does it.
 *
 * A resource is written once for each kind, typed by the proto's own messages; lists and forms are made from it and
 * from the descriptors, so that a rule or an access that changes in the proto changes here too.
 */
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { call } from "../data/call.ts";

export interface Row extends Message {
  id: string;
  etag?: string;
}

/** What a list is asked for; `filters` and `orderBy` are as the page's address has them. */
export interface Query {
  pageSize: number;
  pageToken: string;
  query: string;
  orderBy: string;
  filters: Readonly<Record<string, string>>;
}

export interface Page<T> {
  rows: readonly T[];
  /** Empty on the last page. */
  nextPageToken: string;
  /** How many there are in all, where the RPC says so. */
  total?: { size: number; estimated: boolean };
}

export interface Reading<A, T> {
  method: DescMethodUnary;
  send(transport: Transport, asked: A): Promise<T>;
}

/** A create or an update. `more` is what the request has beside the resource, such as a password. */
export interface Writing<T> {
  method: DescMethodUnary;
  /** The field of the request that holds the resource. */
  field: string;
  /** The request as it would be sent, for its rules. */
  request(row: T, more: More): Message;
  send(transport: Transport, row: T, more: More): Promise<Written<T>>;
}

export interface More {
  /** Proto names of the fields to change. */
  paths: string[];
  /** Fields of the request beside the resource, by proto name. */
  values: Readonly<Record<string, string>>;
  requestId: string;
}

export interface Written<T> {
  row: T | undefined;
  /** What is shown this once and never again. */
  secret?: string;
}

export interface Resource<T extends Row> {
  /** Its part of the address: `products`. */
  path: string;
  one: string;
  many: string;
  schema: DescMessage;
  /** A new message with nothing set. */
  blank(): T;
  /** What people call it by. */
  title(row: T): string;
  list: Reading<Query, Page<T>>;
  get?: Reading<string, T | undefined>;
  create?: Writing<T>;
  update?: Writing<T>;
  remove?: Reading<T, void>;
}

export function reading<I extends DescMessage, O extends DescMessage, A, T>(
  method: DescMethodUnary<I, O>,
  ask: (asked: A) => MessageInitShape<I>,
  read: (answer: MessageShape<O>) => T,
): Reading<A, T> {
  return { method, send: async (transport, asked) => read(await call(transport, method, ask(asked))) };
}

export function writing<I extends DescMessage, O extends DescMessage, T>(
  method: DescMethodUnary<I, O>,
  field: string,
  ask: (row: T, more: More) => MessageInitShape<I>,
  read: (answer: MessageShape<O>) => Written<T>,
): Writing<T> {
  return {
    method,
    field,
    request: (row, more) => create(method.input, ask(row, more)),
    send: async (transport, row, more) => read(await call(transport, method, ask(row, more))),
  };
}

/** A filter that is on, off or not there. */
export function yesNo(value: string | undefined): boolean | undefined {
  return value === undefined || value === "" ? undefined : value === "yes";
}

/** A filter by a value of an enum; undefined for none. */
export function among<E extends number>(values: Readonly<Record<string, E>>, text: string | undefined): E | undefined {
  return Object.values(values).find((value) => String(value) === text);
}

/** A filter by a day, from its first moment here. */
export function momentOf(value: string | undefined): { seconds: bigint } | undefined {
  const ms = Date.parse(value ?? "");
  return Number.isNaN(ms) ? undefined : { seconds: BigInt(Math.floor(ms / 1000)) };
}
