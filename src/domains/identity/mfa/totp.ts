/**
 * Time-based one-time passwords (RFC 6238) with the parameters that every authenticator app knows: SHA-1, six digits,
 * thirty seconds. Pure but for the secret's randomness.
 */
import { Secret, TOTP } from "otpauth";

const ISSUER = "Bodega";
const PERIOD_SECONDS = 30;
/** RFC 4226, 4: at least 128 bits, better 160. */
const SECRET_BYTES = 20;
/** Clocks differ, and typing takes time: one step before and one behind. */
const WINDOW = 1;
const CODE = /^\d{6}$/;

/** Whether it has the form of a code of an app, and not of a recovery code. */
export function isTotpCode(code: string): boolean {
  return CODE.test(code);
}

/** A new secret, in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What a QR code holds, by Google's Key Uri Format. */
export function otpauthUri(secret: string, account: string): string {
  return totpOf(secret, account).toString();
}

/** @returns the step whose code this is, counted from 1970; undefined when it is none of those around `nowMs` */
export function stepOfCode(secret: string, code: string, nowMs = Date.now()): number | undefined {
  // The library compares bytes, and throws at what has more or fewer.
  if (!isTotpCode(code)) return undefined;
  const totp = totpOf(secret);
  const delta = totp.validate({ token: code, timestamp: nowMs, window: WINDOW });
  return delta === null ? undefined : totp.counter({ timestamp: nowMs }) + delta;
}

/** @param account as the app lists it */
function totpOf(secret: string, account = ""): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label: account,
    algorithm: "SHA1",
    digits: 6,
    period: PERIOD_SECONDS,
    secret: Secret.fromBase32(secret),
  });
}
