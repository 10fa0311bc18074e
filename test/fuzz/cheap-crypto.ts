/**
 * `node:crypto` for src/domains/identity/password/password-hash.ts under test: argon2id at the least that it can cost.
 *
 * A hash that was made elsewhere, such as the one that tests sign up by, can only be verified at its own cost; what came
 * of that is remembered.
 */
import * as crypto from "node:crypto";

export { timingSafeEqual } from "node:crypto";

const CHEAP = { memory: 8, passes: 1, parallelism: 1 };
const madeHere = new Set<string>();
const verified = new Map<string, Buffer<ArrayBuffer>>();

export function randomBytes(size: number): Buffer {
  const salt = crypto.randomBytes(size);
  madeHere.add(salt.toString("hex"));
  return salt;
}

export const argon2: typeof crypto.argon2 = (algorithm, parameters, callback) => {
  const nonce = Buffer.isBuffer(parameters.nonce) ? parameters.nonce.toString("hex") : "";
  if (madeHere.has(nonce)) return crypto.argon2(algorithm, { ...parameters, ...CHEAP }, callback);
  const asked = JSON.stringify([nonce, parameters.message]);
  const known = verified.get(asked);
  if (known !== undefined) return callback(null, known);
  crypto.argon2(algorithm, parameters, (error, tag) => {
    if (error === null) verified.set(asked, tag);
    callback(error, tag);
  });
};
