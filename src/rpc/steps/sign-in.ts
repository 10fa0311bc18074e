/**
 * Step: finds out who calls, from the authorization header. No header: nobody, which public RPCs allow.
 *
 * A token that is wrong is refused even by public RPCs: a client that believes it is signed in should not get a
 * stranger's answer. A stream lasts longer than a look at the token, so each of its messages looks again.
 */
import type { Message } from "@bufbuild/protobuf";
import type { SignedIn } from "../../platform/caller.ts";
import { Failure } from "../../platform/errors.ts";
import { type Answer, type Call, isStream, type Next, type Step } from "../call.ts";

const BEARER = /^Bearer +(\S+)$/i;

export interface SignIn {
  /** From a token to its caller. @throws Failure INVALID_TOKEN */
  verify(token: string): Promise<SignedIn>;
  /** Whether what the caller signed in with was not ended since. */
  stillGood(caller: SignedIn): boolean;
}

export function signInStep({ verify, stillGood }: SignIn): Step {
  return async function signIn(call: Call, next: Next): Promise<Answer> {
    const header = call.header("authorization");
    if (header === undefined) return next();
    const token = BEARER.exec(header)?.[1];
    if (token === undefined) {
      throw new Failure("INVALID_TOKEN", "The authorization header must be `Bearer <access token>`, once.");
    }
    const caller = await verify(token);
    call.caller = caller;
    const answer = await next();
    return isStream(answer) ? whileGood(answer, () => stillGood(caller)) : answer;
  };
}

async function* whileGood(stream: AsyncIterable<Message>, isGood: () => boolean): AsyncIterable<Message> {
  for await (const message of stream) {
    if (!isGood()) throw new Failure("INVALID_TOKEN", "The sign-in was ended meanwhile. Sign in again.");
    yield message;
  }
}
