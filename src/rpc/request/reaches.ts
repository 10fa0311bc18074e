/** Which message types concern somebody, found once: most requests hold nothing of what is looked for. */
import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** Whether the type has a field of that kind, or holds, however deep, a message whose type has one. */
export function reaches(
  desc: DescMessage,
  isOne: (field: DescField) => boolean,
  seen = new Set<DescMessage>(),
): boolean {
  if (seen.has(desc)) return false;
  seen.add(desc);
  return desc.fields.some(
    (field) => isOne(field) || (field.message !== undefined && reaches(field.message, isOne, seen)),
  );
}
