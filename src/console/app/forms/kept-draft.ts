/**
 * What is typed into a form, kept over a reload of its tab until it is saved; never a password or another secret.
 *
 * With this tab alone: it may hold what customers told, and another tab has a form of its own.
 */
import { type DescField, getOption } from "@bufbuild/protobuf";
import { secret } from "../../../../gen/bodega/options/v1/options_pb.ts";
import type { Draft } from "./draft.ts";
import type { Value, Values } from "./fields.ts";

const PREFIX = "bodega.draft.";

export interface KeptDraft {
  /** Of what it was typed over: who was overtaken meanwhile is told when it is saved. */
  etag: string;
  values: Values;
}

/** @param name of the form: its kind and the thing's id */
export function readDraft(name: string): KeptDraft | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(PREFIX + name) ?? "null");
    if (typeof kept !== "object" || kept === null || !("etag" in kept && "values" in kept)) return undefined;
    const { etag, values } = kept;
    if (typeof etag !== "string" || typeof values !== "object" || values === null) return undefined;
    return { etag, values: Object.fromEntries(Object.entries(values).filter(isValue)) };
  } catch {
    return undefined;
  }
}

function isValue(entry: [string, unknown]): entry is [string, Value] {
  const [, value] = entry;
  return typeof value === "string" || typeof value === "boolean" || Array.isArray(value);
}

/** Keeps the fields that differ from what was read; nothing where none does. */
export function keepDraft<T extends { etag?: string }>(
  name: string,
  { base, values }: Draft<T>,
  { fields, changed }: { fields: readonly DescField[]; changed: readonly string[] },
): void {
  const kept = fields.filter((field) => changed.includes(field.name) && !getOption(field, secret));
  if (kept.length === 0) return dropDraft(name);
  const draft: KeptDraft = {
    etag: base.etag ?? "",
    values: Object.fromEntries(kept.map(({ name }) => [name, values[name] ?? ""])),
  };
  try {
    sessionStorage.setItem(PREFIX + name, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing still asks before it is left.
  }
}

export function dropDraft(name: string): void {
  sessionStorage.removeItem(PREFIX + name);
}

/** Who signs out leaves nothing behind. */
export function dropAllDrafts(): void {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX)) sessionStorage.removeItem(name);
}
