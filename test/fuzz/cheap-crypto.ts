/** `node:crypto` for src/identity/password.ts under test: argon2id at the least that it can cost. */
import * as crypto from "node:crypto";

export { randomBytes, timingSafeEqual } from "node:crypto";

const CHEAP = { memory: 8, passes: 1, parallelism: 1 };

export const argon2: typeof crypto.argon2 = (algorithm, parameters, callback) => crypto.argon2(algorithm, { ...parameters, ...CHEAP }, callback);
