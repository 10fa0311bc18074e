/**
 * Step: holds the request against the rules in the proto (protovalidate), and lowers nothing silently but page sizes.
 *
 * A rule that cannot be compiled is a bug of ours, not the client's fault: it surfaces as INTERNAL. The first use
 * of a message type costs up to tens of milliseconds, so every type is warmed at the start.
 */
import { create, type DescMethod } from "@bufbuild/protobuf";
import { createValidator, type Violation as RuleViolation } from "@bufbuild/protovalidate";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { type Failure, invalidFields, type Violation } from "../../platform/errors/failure.ts";
import type { Answer, Call, Next, Step } from "../call.ts";

/** Enough for a person to act on; a list of a thousand wrong lines would make an answer of a megabyte. */
const MAX_VIOLATIONS = 20;

/** @param methods the RPCs whose request types are warmed */
export function validationStep(methods: DescMethod[]): Step {
  const validator = createValidator();
  for (const method of methods) validator.validate(method.input, create(method.input));

  return async function validation(call: Call, next: Next): Promise<Answer> {
    const result = validator.validate(call.method.input, call.request);
    if (result.kind === "error") throw result.error;
    if (result.kind === "invalid") throw refusal(result.violations);
    return next();
  };
}

function refusal(broken: RuleViolation[]): Failure {
  const told = broken.slice(0, MAX_VIOLATIONS);
  return invalidFields(told.map(toViolation), broken.length - told.length);
}

function toViolation({ field, message, ruleId }: RuleViolation): Violation {
  return { field: pathToString(field), description: message === "" ? ruleId : message };
}
