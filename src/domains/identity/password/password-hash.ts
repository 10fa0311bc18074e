/**
 * Passwords: argon2id in a PHC string.
 *
 * A hash takes 19 MiB and tens of milliseconds by design (OWASP's parameters): whoever hashes for a caller waits for his
 * turn (hash-queue.ts).
 */
import { argon2, type Argon2Parameters, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB of memory, 2 passes, 1 lane. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const derive = promisify(argon2);

/** @returns `$argon2id$v=19$m=…,t=…,p=…$salt$tag` (the PHC string format) */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive(
    "argon2id",
    parameters(password, salt, { memory: MEMORY_KIB, passes: PASSES, parallelism: LANES }),
  );
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(salt)}$${unpadded(tag)}`;
}

/** Whether a stored hash was made with less than today's parameters: then the next sign-in makes it anew. */
export function isOutdated(hash: string): boolean {
  const [, memory, passes] = PHC.exec(hash) ?? [];
  return Number(memory) < MEMORY_KIB || Number(passes) < PASSES;
}

/**
 * Whether the password is the one that was hashed. Without a hash (no such account) it takes the same time, so that
 * the answer's delay does not tell who has an account.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const parts = PHC.exec(hash ?? NOBODY);
  if (parts === null) throw new TypeError("a stored password hash is no argon2id PHC string");
  const [, memory, passes, parallelism, salt = "", tag = ""] = parts;
  const expected = Buffer.from(tag, "base64");
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const actual = await derive("argon2id", parameters(password, Buffer.from(salt, "base64"), cost));
  return timingSafeEqual(actual, expected) && hash !== undefined;
}

/** A hash of nothing that anyone could type, with today's parameters. */
const NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${unpadded(randomBytes(SALT_BYTES))}$${unpadded(randomBytes(TAG_BYTES))}`;

/** Keyboards differ in how they compose an accented letter; NFKC makes them one (NIST SP 800-63B, 5.1.1.2). */
function parameters(
  password: string,
  nonce: Buffer,
  cost: Pick<Argon2Parameters, "memory" | "passes" | "parallelism">,
): Argon2Parameters {
  return { message: password.normalize("NFKC"), nonce, tagLength: TAG_BYTES, ...cost };
}

/** PHC strings carry base64 without padding. */
function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
