/** What somebody is typing over what was read, and the request that it becomes. */
import type { DescField } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { fill, type Values, valuesOf } from "./fields.ts";
import type { More, Resource, Row, Writing, Written } from "./resource.ts";
import { maskPaths } from "./rules.ts";

export interface Draft<T> {
  /** As it was read; its etag goes with the change. */
  base: T;
  /** What it held when it was read, and what the form holds now. */
  read: Values;
  values: Values;
}

export interface Wish<T> {
  row: T;
  more: More;
}

/** The fields of a form: what an update may change; for a new one also what the create asks for beside it. */
export function fieldsOf<T extends Row>({ schema, create, update }: Resource<T>, isNew: boolean): DescField[] {
  const paths = update === undefined ? undefined : maskPaths(update.method.input);
  const own = schema.fields.filter(({ name }) => paths?.includes(name) ?? CREATE_ONLY.has(name));
  const beside = isNew && create !== undefined ? create.method.input.fields.filter(({ name }) => name !== create.field && name !== "request_id") : [];
  return [...own, ...beside];
}

/** Of what is never updated, the fields that a create takes. */
const CREATE_ONLY = new Set(["name", "calls_per_second"]);

export function draftOf<T extends Row>({ schema }: Resource<T>, row: T, fields: readonly DescField[]): Draft<T> {
  const read = valuesOf(schema, row, fields.filter(({ parent }) => parent === schema));
  return { base: row, read, values: read };
}

/** The names of the fields that differ from what was read. */
export function changedNames<T>({ read, values }: Draft<T>): string[] {
  return Object.keys(values).filter((name) => JSON.stringify(values[name]) !== JSON.stringify(read[name]));
}

export interface Asked<T> {
  draft: Draft<T>;
  fields: readonly DescField[];
  isNew: boolean;
  currency: string;
}

/** @throws WrongValue for text that is no number or amount */
export function requestOf<T extends Row>(resource: Resource<T>, { draft, fields, isNew, currency }: Asked<T>): Wish<T> {
  const { schema } = resource;
  const paths = changedNames(draft);
  const row = resource.blank();
  row.id = draft.base.id;
  if ("etag" in draft.base) row.etag = draft.base.etag;
  const own = fields.filter(({ parent, name }) => parent === schema && (isNew || paths.includes(name)));
  fill(schema, row, { fields: own, values: draft.values, currency });
  const beside = fields.filter(({ parent }) => parent !== schema).map(({ name }) => [name, String(draft.values[name] ?? "")]);
  return { row, more: { paths, values: Object.fromEntries(beside), requestId: crypto.randomUUID() } };
}

export function send<T>(writing: Writing<T>, transport: Transport, { row, more }: Wish<T>): Promise<Written<T>> {
  return writing.send(transport, row, more);
}
