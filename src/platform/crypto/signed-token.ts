/**
 * Signs what a client carries for us, so that nobody can make one up, and each is taken only where it belongs.
 *
 * A token is a signature and a payload, in base64url. What it is bound to, such as the caller and a query, is
 * signed along and not told.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** 128 bits: nobody finds one by trying. */
const SIGNATURE_BYTES = 16;

export class TokenSigner {
  readonly #key: Buffer;
  readonly #bound: Buffer;

  /**
   * @param key shared by every process, since any of them may get the text back
   * @param bound what the text belongs to; one that was sealed for anything else does not open
   */
  constructor(key: Buffer, bound: readonly unknown[]) {
    this.#key = key;
    this.#bound = createHash("sha256").update(JSON.stringify(bound, bigintAsText)).digest();
  }

  sign(payload: string): string {
    const bytes = Buffer.from(payload);
    return Buffer.concat([this.#sign(bytes), bytes]).toString("base64url");
  }

  /** The payload, or undefined for a text that is not ours or belongs to something else. */
  verify(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, "base64url");
    const payload = bytes.subarray(SIGNATURE_BYTES);
    if (payload.length === 0 || !timingSafeEqual(bytes.subarray(0, SIGNATURE_BYTES), this.#sign(payload)))
      return undefined;
    return payload.toString();
  }

  #sign(payload: Buffer): Buffer {
    return createHmac("sha256", this.#key).update(this.#bound).update(payload).digest().subarray(0, SIGNATURE_BYTES);
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
