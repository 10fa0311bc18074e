/**
 * Step: who must have a second factor (REQUIRE_MFA) and has none may get one, and do nothing else.
 *
 * The access token says so, which is made anew each quarter of an hour; with the second factor RefreshTokens gives one
 * that opens everything.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { Failure } from "../../platform/errors/failure.ts";
import type { Answer, Call, Next, Step } from "../call.ts";

/** @param admitted what may be called without it */
export function requiredMfaStep(admitted: readonly DescMethod[]): Step {
  return async function requireMfa(call: Call, next: Next): Promise<Answer> {
    if (call.caller?.mustEnrol === true && !admitted.includes(call.method)) {
      throw new Failure(
        "MFA_REQUIRED",
        "Your account must have a second factor. Call EnrolTotp and ConfirmTotp, then RefreshTokens.",
      );
    }
    return next();
  };
}
