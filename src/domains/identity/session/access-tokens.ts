/**
 * Access tokens: short-lived JWTs that anybody can verify (ES256, JWKS).
 *
 * Verifying a signature costs 70–80 µs, so tokens that were seen are remembered, never past their end, in a map of
 * bounded size. Whether one was ended before its time is asked on every call: see Revocations.
 */
import { randomUUID } from "node:crypto";
import jwt, { type JwtPayload } from "jsonwebtoken";
import { type Role, roles, type SignedIn } from "../../../platform/auth/caller.ts";
import { BoundedMap } from "../../../platform/cache/bounded-map.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import type { SigningKeys } from "./signing-keys.ts";

const ACCESS_TOKEN_LIFE_MS = 15 * 60_000;
const ISSUER = "bodega";
const AUDIENCE = "bodega";
/** Some 600 bytes each. */
const MAX_REMEMBERED = 10_000;

export interface Subject {
  id: string;
  role: Role;
  username: string;
  email: string;
  tokenGeneration: number;
  mfaEnabled: boolean;
}

export interface AccessToken {
  accessToken: string;
  accessTokenExpireTime: Date;
}

export class AccessTokens {
  readonly #keys: SigningKeys;
  readonly #mustHaveMfa: (role: Role) => boolean;
  readonly #remembered = new BoundedMap<string, { caller: SignedIn; expiresMs: number }>({
    maxEntries: MAX_REMEMBERED,
  });

  /** @param mustHaveMfa whether accounts of a role must have a second factor; left out: none */
  constructor(keys: SigningKeys, mustHaveMfa: (role: Role) => boolean = () => false) {
    this.#keys = keys;
    this.#mustHaveMfa = mustHaveMfa;
  }

  /**
   * Beside the claims of the contract: `sid`, the session, `gen`, the account's generation of tokens, and `enrol` where
   * the account must have a second factor and has none.
   * @param sessionEnd when the session is over, which its tokens do not outlive
   */
  sign(subject: Subject, session: string, sessionEnd?: Date): AccessToken {
    const { kid, privateKey } = this.#keys.signing;
    const expiresSeconds = Math.floor(
      Math.min(Date.now() + ACCESS_TOKEN_LIFE_MS, sessionEnd?.getTime() ?? Number.POSITIVE_INFINITY) / 1000,
    );
    const { role, username, email, tokenGeneration, mfaEnabled } = subject;
    const enrol = !mfaEnabled && this.#mustHaveMfa(role) ? { enrol: true } : {};
    const accessToken = jwt.sign(
      { role, username, email, sid: session, gen: tokenGeneration, ...enrol, exp: expiresSeconds },
      privateKey,
      {
        algorithm: "ES256",
        keyid: kid,
        subject: subject.id,
        issuer: ISSUER,
        audience: AUDIENCE,
        jwtid: randomUUID(),
      },
    );
    return { accessToken, accessTokenExpireTime: new Date(expiresSeconds * 1000) };
  }

  /** The caller whom an access token names. @throws Failure INVALID_TOKEN */
  verify(token: string): SignedIn {
    const remembered = this.#remembered.get(token);
    if (remembered !== undefined && remembered.expiresMs > Date.now()) return remembered.caller;
    const kid = jwt.decode(token, { complete: true })?.header.kid;
    const key = kid === undefined ? undefined : this.#keys.verifying(kid);
    if (key === undefined) throw invalidToken();
    try {
      return this.#remember(
        token,
        jwt.verify(token, key, { algorithms: ["ES256"], issuer: ISSUER, audience: AUDIENCE }),
      );
    } catch (error) {
      throw invalidToken(error);
    }
  }

  #remember(token: string, payload: JwtPayload | string): SignedIn {
    if (typeof payload === "string" || payload.sub === undefined || payload.exp === undefined)
      throw new TypeError("claims are missing");
    const { role, username, sid, gen, enrol }: Record<string, unknown> = payload;
    const known = roles.find((one) => one === role);
    if (known === undefined || typeof username !== "string" || typeof sid !== "string" || typeof gen !== "number") {
      throw new TypeError("claims are missing");
    }
    const expiresMs = payload.exp * 1000;
    const mustEnrol = enrol === true ? { mustEnrol: true } : {};
    const caller = {
      id: payload.sub,
      role: known,
      name: username,
      session: sid,
      generation: gen,
      ...mustEnrol,
      expiresMs,
    };
    this.#remembered.set(token, { caller, expiresMs });
    return caller;
  }
}

export function invalidToken(cause?: unknown): Failure {
  return new Failure("INVALID_TOKEN", "The access token is not valid, or no longer. Sign in again.", { cause });
}
