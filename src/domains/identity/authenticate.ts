/** From what stands in the authorization header to who calls: an access token or a service key, neither of them ended. */
import type { SignedIn } from "../../platform/auth/caller.ts";
import type { Revocations } from "./session/revocations.ts";
import { isServiceKey, type ServiceKeys } from "./service-keys.ts";
import { type AccessTokens, invalidToken } from "./session/access-tokens.ts";

export interface Authenticator {
  /** @throws Failure INVALID_TOKEN, or the database's when nobody can tell whether the token was ended */
  verify(token: string): Promise<SignedIn>;
  /** For calls that last. @throws Failure INVALID_TOKEN when what the caller signed in with has ended; the database's */
  requireGood(caller: SignedIn): Promise<void>;
  /** Calls `ended` as soon as it is known that it has. @returns what ends the waiting */
  onEnd(caller: SignedIn, ended: () => void): () => void;
}

export interface AuthenticatorDeps {
  accessTokens: AccessTokens;
  serviceKeys: ServiceKeys;
  revocations: Revocations;
}

export function authenticator({ accessTokens, serviceKeys, revocations }: AuthenticatorDeps): Authenticator {
  function hasEnded(caller: SignedIn): boolean {
    return (caller.expiresMs !== undefined && caller.expiresMs <= Date.now()) || revocations.covers(caller);
  }

  return {
    async verify(token) {
      const caller = isServiceKey(token) ? await serviceKeys.verify(token) : accessTokens.verify(token);
      await revocations.current();
      if (revocations.covers(caller)) throw invalidToken();
      return caller;
    },

    async requireGood(caller) {
      await revocations.current();
      if (hasEnded(caller)) throw invalidToken();
    },

    onEnd(caller, ended) {
      const expiry = caller.expiresMs === undefined ? undefined : setTimeout(ended, caller.expiresMs - Date.now());
      const stopListening = revocations.onNews(() => {
        if (hasEnded(caller)) ended();
      });
      return () => {
        clearTimeout(expiry);
        stopListening();
      };
    },
  };
}
