/**
 * The lists of a large request in protobuf's binary form, counted before anything is made of them.
 *
 * Two bytes make an empty message; a hundred thousand of them would keep the event loop for a tenth of a second before
 * anybody sees how many they are. Lists of numbers are left alone: they are read as quickly as they would be counted.
 */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import type { Violation } from "../../platform/errors/failure.ts";
import { type Bound, sizeBoundOf, tooMany, within } from "./bounds.ts";
import { reaches } from "./reaches.ts";

/** Messages within messages, as protobuf's own reader has it. */
const MAX_DEPTH = 100;

/**
 * @returns the lists that are too long, in the order of the fields
 * @throws Error for what is no such message
 */
export function overlongLists(desc: DescMessage, bytes: Uint8Array): Violation[] {
  return count(desc, new BinaryReader(bytes), { end: bytes.byteLength, depth: MAX_DEPTH });
}

interface Counted {
  field: DescField;
  bound: Bound | undefined;
  /** The type of what is in it, where that has lists too. */
  inner: DescMessage | undefined;
}

const known = new WeakMap<DescMessage, Map<number, Counted>>();

function countedOf(desc: DescMessage): Map<number, Counted> {
  const kept =
    known.get(desc) ??
    new Map(
      desc.fields.flatMap((field) => {
        const bound = sizeBoundOf(field);
        const inner = field.message !== undefined && reaches(field.message, isBounded) ? field.message : undefined;
        return bound === undefined && inner === undefined ? [] : [[field.number, { field, bound, inner }] as const];
      }),
    );
  known.set(desc, kept);
  return kept;
}

/** A message that comes in pieces is counted by the piece: enough to be quick, and its sum is counted afterwards. */
function count(desc: DescMessage, reader: BinaryReader, { end, depth }: { end: number; depth: number }): Violation[] {
  const fields = countedOf(desc);
  const sizes = new Map<Counted, number>();
  const inside = new Map<Counted, Violation[]>();
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const counted = fields.get(number);
    if (counted === undefined || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number, depth);
      continue;
    }
    const at = sizes.get(counted) ?? 0;
    sizes.set(counted, at + 1);
    const next = reader.uint32() + reader.pos;
    if (next > end || depth === 0) throw new RangeError("a part is longer or deeper than the message");
    if (counted.inner !== undefined && !inside.has(counted)) {
      const found = count(counted.inner, reader, { end: next, depth: depth - 1 });
      const { name, fieldKind } = counted.field;
      if (found.length > 0) inside.set(counted, within(fieldKind === "list" ? `${name}[${at}]` : name, found) ?? []);
    }
    reader.pos = next;
  }
  return [...fields.values()].flatMap((counted) => {
    const { field, bound } = counted;
    return bound !== undefined && (sizes.get(counted) ?? 0) > bound.max
      ? [tooMany(field, bound)]
      : (inside.get(counted) ?? []);
  });
}

function isBounded(field: DescField): boolean {
  return sizeBoundOf(field) !== undefined;
}
