/**
 * Step: finds out who calls, from the authorization header. No header: nobody, which public RPCs allow.
 *
 * A token that is wrong is refused even by public RPCs: a client that believes it is signed in should not get a
 * stranger's answer. A stream lasts longer than a look at the token: each of its messages looks again, and one that
 * is silent ends when the token does.
 */
import type { Message } from "@bufbuild/protobuf";
import type { Caller, SignedIn } from "../../platform/auth/caller.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { type Answer, type Call, isStream, type Next, type Step } from "../call.ts";
import { CallSignal } from "../call-signal.ts";

const BEARER = /^Bearer +(\S+)$/i;

export interface Authenticate {
  /** From a token to its caller. @throws Failure INVALID_TOKEN */
  verify(token: string): Promise<SignedIn>;
  /** For calls that last. @throws Failure INVALID_TOKEN when what the caller signed in with has ended */
  requireGood(caller: SignedIn): Promise<void>;
  /** Calls `ended` as soon as it is known that it has. @returns what ends the waiting */
  onEnd(caller: SignedIn, ended: () => void): () => void;
}

export function authenticationStep(authentication: Authenticate): Step {
  return async function signIn(call: Call, next: Next): Promise<Answer> {
    const caller = await callerIn(call.header("authorization"), authentication);
    call.caller = caller;
    if (caller === undefined || call.method.methodKind === "unary") return next();
    const lasting = { authentication, caller, signal: new CallSignal() };
    call.signal.onAbort(() => lasting.signal.abort());
    call.signal = lasting.signal;
    const answer = await next();
    return isStream(answer) ? whileGood(answer, lasting) : answer;
  };
}

/** @throws Failure INVALID_TOKEN */
export async function callerIn(
  authorization: string | undefined,
  authentication: Pick<Authenticate, "verify">,
): Promise<Caller> {
  if (authorization === undefined) return undefined;
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    throw new Failure("INVALID_TOKEN", "The authorization header must be `Bearer <access token>`, once.");
  }
  return authentication.verify(token);
}

interface Lasting {
  authentication: Authenticate;
  caller: SignedIn;
  /** What the handler listens to. */
  signal: CallSignal;
}

async function* whileGood(
  stream: AsyncIterable<Message>,
  { authentication, caller, signal }: Lasting,
): AsyncIterable<Message> {
  let hasEnded = false;
  const stopWaiting = authentication.onEnd(caller, () => {
    hasEnded = true;
    signal.abort();
  });
  try {
    for await (const message of stream) {
      await authentication.requireGood(caller);
      yield message;
    }
  } catch (error) {
    throw hasEnded ? over() : error;
  } finally {
    stopWaiting();
  }
}

function over(): Failure {
  return new Failure("INVALID_TOKEN", "The sign-in was ended meanwhile. Sign in again.");
}
