/** What somebody is typing over what was read, and the request that it becomes. */
import type { DescField } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { fill, type Values, valuesOf, WrongValue } from "./fields.ts";
import { sentence } from "../data/names.ts";
import type { More, Resource, Row, Writing, Written } from "../resources/resource.ts";
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
  const beside =
    isNew && create !== undefined
      ? create.method.input.fields.filter(({ name }) => name !== create.field && name !== "request_id")
      : [];
  return [...own, ...beside];
}

/** Of what is never updated, the fields that a create takes. */
const CREATE_ONLY = new Set(["name", "calls_per_second"]);

export function draftOf<T extends Row>({ schema }: Resource<T>, row: T, fields: readonly DescField[]): Draft<T> {
  const read = valuesOf(
    schema,
    row,
    fields.filter(({ parent }) => parent === schema),
  );
  return { base: row, read, values: read };
}

/**
 * A draft over what was read anew, where that says the same of every field of the form: its etag is newer, and nobody
 * changed what is edited here. Else the draft as it was: its old etag tells that it was overtaken.
 */
export function rebased<T>(draft: Draft<T>, anew: Draft<T>): Draft<T> {
  return JSON.stringify(anew.read) === JSON.stringify(draft.read) ? { ...draft, base: anew.base } : draft;
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

/** @throws WrongValue for text that is no number or amount, and for two values of which only one can be kept */
export function requestOf<T extends Row>(resource: Resource<T>, { draft, fields, isNew, currency }: Asked<T>): Wish<T> {
  const { schema } = resource;
  refuseBoth(fields, draft.values);
  const paths = changedNames(draft);
  const row = resource.blank();
  row.id = draft.base.id;
  if ("etag" in draft.base) row.etag = draft.base.etag;
  const own = fields.filter(({ parent, name }) => parent === schema && (isNew || paths.includes(name)));
  fill(schema, row, { fields: own, values: draft.values, currency });
  const beside = fields
    .filter(({ parent }) => parent !== schema)
    .map(({ name }) => [name, String(draft.values[name] ?? "")]);
  return { row, more: { paths, values: Object.fromEntries(beside), requestId: crypto.randomUUID() } };
}

/** A message keeps one field of a oneof; the other would vanish without a word. */
function refuseBoth(fields: readonly DescField[], values: Values): void {
  for (const oneof of new Set(fields.flatMap((field) => field.oneof ?? []))) {
    const given = oneof.fields.filter(({ name }) => (values[name] ?? "") !== "");
    const [first, second] = given;
    if (first === undefined || second === undefined) continue;
    throw new WrongValue(
      second.name,
      `stands beside ${sentence(first.name).toLowerCase()}: give one of them and leave the other empty`,
    );
  }
}

export function send<T>(writing: Writing<T>, transport: Transport, { row, more }: Wish<T>): Promise<Written<T>> {
  return writing.send(transport, row, more);
}
