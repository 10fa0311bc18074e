/** Which fields of a message are secrets, as its proto says. */
import { type DescField, type DescMessage, getOption } from "@bufbuild/protobuf";
import { secret } from "../../../gen/bodega/options/v1/options_pb.ts";

/** Options of a descriptor are slow to read; they never change. */
const known = new WeakMap<DescMessage, DescField[]>();

/** Of the message itself, not of those inside it. */
export function secretFieldsOf(message: DescMessage): DescField[] {
  const fields = known.get(message) ?? message.fields.filter((field) => getOption(field, secret));
  known.set(message, fields);
  return fields;
}
