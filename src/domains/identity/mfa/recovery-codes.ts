/** Recovery codes: what an owner keeps on paper for the day on which the phone is gone. */
import { createHash, randomBytes } from "node:crypto";
import { Secret } from "otpauth";

const COUNT = 10;
/** 80 bits, sixteen letters and digits: nobody finds one by trying. */
const CODE_BYTES = 10;

/** Ten new codes, in groups of four. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => {
    const code = new Secret({ buffer: Uint8Array.from(randomBytes(CODE_BYTES)).buffer }).base32.toLowerCase();
    return code.match(/.{4}/g)?.join("-") ?? code;
  });
}

/** What is kept of one, however it was typed. */
export function hashOfRecoveryCode(code: string): Buffer {
  return createHash("sha256").update(plainCode(code)).digest();
}

/** A code as it is compared: blanks, dashes and case do not count. */
export function plainCode(code: string): string {
  return code.replaceAll(/[\s-]/g, "").toLowerCase();
}
