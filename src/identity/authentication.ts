/** From what stands in the authorization header to who calls: an access token or a service key, neither of them ended. */
import type { SignedIn } from "../platform/caller.ts";
import type { Revocations } from "./revocations.ts";
import { isServiceKey, type ServiceKeys } from "./service-keys.ts";
import { type AccessTokens, invalidToken } from "./tokens.ts";

export interface Authentication {
  /** @throws Failure INVALID_TOKEN, or the database's when nobody can tell whether the token was ended */
  verify(token: string): Promise<SignedIn>;
  /** Whether what a caller signed in with was not ended since; for calls that last. */
  stillGood(caller: SignedIn): boolean;
}

export interface AuthenticationParts {
  accessTokens: AccessTokens;
  serviceKeys: ServiceKeys;
  revocations: Revocations;
}

export function authentication({ accessTokens, serviceKeys, revocations }: AuthenticationParts): Authentication {
  return {
    async verify(token) {
      const caller = isServiceKey(token) ? await serviceKeys.verify(token) : accessTokens.verify(token);
      await revocations.current();
      if (revocations.covers(caller)) throw invalidToken();
      return caller;
    },
    stillGood: (caller) => !revocations.covers(caller),
  };
}
