/** What the proto says of a field's values: protovalidate's rules, read from the descriptor. */
import { create, type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import {
  field as fieldOption,
  type FieldRules,
  FieldRulesSchema,
  Ignore,
  message as messageOption,
  type Rule,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

const NO_RULES = create(FieldRulesSchema);

export function rulesOf(field: DescField): FieldRules {
  return hasOption(field, fieldOption) ? getOption(field, fieldOption) : NO_RULES;
}

/** The rules of a message as a whole, in CEL. */
export function celOf(message: DescMessage): Rule[] {
  return hasOption(message, messageOption) ? getOption(message, messageOption).cel : [];
}

/** Whether the field's zero value passes, whatever its rules say. */
export function zeroPasses({ ignore }: FieldRules): boolean {
  return ignore === Ignore.IF_ZERO_VALUE;
}

/** The whole numbers that a rule on numbers lets through, inclusive; those of int32 where it sets no bound. */
export function boundsOf({ type }: FieldRules): { min: number; max: number } {
  const { min, max } = { min: -(2 ** 31), max: 2 ** 31 - 1 };
  if (type.case !== "int32") return { min, max };
  const { greaterThan, lessThan } = type.value;
  return {
    min: greaterThan.case === "gte" ? greaterThan.value : greaterThan.case === "gt" ? greaterThan.value + 1 : min,
    max: lessThan.case === "lte" ? lessThan.value : lessThan.case === "lt" ? lessThan.value - 1 : max,
  };
}
