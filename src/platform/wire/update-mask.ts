/**
 * Update masks: which fields of a resource an update writes.
 *
 * The rules in the proto name the allowed paths too, but they let a path below an allowed one through
 * (`birth_date.year`), which no update of ours writes; so the paths are held against the list here, exactly.
 */
import { type DescField, type DescMessage, isFieldSet, type MessageShape } from "@bufbuild/protobuf";
import type { FieldMask } from "@bufbuild/protobuf/wkt";
import { Failure } from "../errors/failure.ts";

/** A path may be as long as a message; a refusal repeats this much of it. */
const MAX_SHOWN_LENGTH = 64;

export interface Update<Desc extends DescMessage, Path extends string> {
  resource: MessageShape<Desc>;
  /** Absent, or without paths (JSON's empty string): every allowed field that is set. */
  mask: FieldMask | undefined;
  /** Every path that may be written: names of the message's own fields, as the proto spells them. */
  allowed: readonly Path[];
}

/**
 * The paths to write, each once, in the order of `allowed`; none means that nothing changes. A path that the mask
 * names is written also when its field is empty, which clears it.
 * @throws Failure UNKNOWN_UPDATE_PATH
 */
export function pathsToWrite<Desc extends DescMessage, const Path extends string>(
  message: Desc,
  { resource, mask, allowed }: Update<Desc, Path>,
): Path[] {
  const fields = allowed.map((path) => ({ path, field: fieldOf(message, path) }));
  if (mask === undefined || mask.paths.length === 0) {
    return fields.filter(({ field }) => isFieldSet(resource, field)).map(({ path }) => path);
  }
  const named = new Set(mask.paths);
  refuseUnknown(named, allowed);
  return allowed.filter((path) => named.has(path));
}

/** @throws TypeError for a list of allowed paths that does not fit the message, a bug of ours */
function fieldOf(message: DescMessage, path: string): DescField {
  const field = message.fields.find(({ name }) => name === path);
  if (field === undefined) throw new TypeError(`${message.typeName} has no field ${path}`);
  return field;
}

function refuseUnknown(named: ReadonlySet<string>, allowed: readonly string[]): void {
  const unknown = [...named].find((path) => !allowed.includes(path));
  if (unknown === undefined) return;
  const shown = unknown.length > MAX_SHOWN_LENGTH ? `${unknown.slice(0, MAX_SHOWN_LENGTH)}…` : unknown;
  const description = `"${shown}" cannot be updated; these can: ${allowed.join(", ")}`;
  throw new Failure("UNKNOWN_UPDATE_PATH", `update_mask: ${description}.`, {
    violations: [{ field: "update_mask", description }],
  });
}
