/** The claim of a call on its `request_id`: who asks for what, by which id, with which content. */
import { toBinary } from "@bufbuild/protobuf";
import { type Claim, fingerprintOf } from "../platform/idempotency/request-key.ts";
import { type Call, pathOf } from "./call.ts";

/** The request's id with all that it is bound to; undefined when the request carries none. */
export function claimOf({ method, request, caller }: Call): Claim | undefined {
  const requestId: unknown = Reflect.get(request, "requestId");
  if (typeof requestId !== "string" || requestId === "" || caller === undefined) return undefined;
  return {
    caller: caller.id,
    rpc: pathOf(method),
    requestId,
    fingerprint: fingerprintOf(toBinary(method.input, request)),
  };
}
