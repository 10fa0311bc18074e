/** What a refused call tells, in a form that tests compare. */
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";

export interface Refusal {
  code: string;
  reason: string;
  /** The fields that BadRequest names. */
  fields: string[];
  metadata: Record<string, string>;
}

/** Waits for the refusal. @throws when the call is answered, or fails in a way that is none of ours */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const [info] = error.findDetails(ErrorInfoSchema);
    const fields = error
      .findDetails(BadRequestSchema)
      .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
    return {
      code: Code[error.code],
      reason: info?.reason ?? `no ErrorInfo: ${error.message}`,
      fields,
      metadata: info?.metadata ?? {},
    };
  }
  throw new Error("the call was answered; a refusal was expected");
}

/** Only the reason, where that says it all. */
export async function reasonOf(call: Promise<unknown>): Promise<string> {
  return (await refusalOf(call)).reason;
}
