/**
 * Keeps private keys and secrets unreadable in the database: AES-256-GCM with the key from KEY_ENCRYPTION_KEY.
 *
 * The id of what is kept is bound in as additional data, so that nobody who writes to the table can pass one off as
 * another.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { StartupError } from "../errors/startup-error.ts";

const CIPHER = "aes-256-gcm";
/** NIST SP 800-38D, 8.2: 96 bits, random, for far fewer than 2^32 keys. */
const NONCE_BYTES = 12;
const SEALED = /^aes-256-gcm\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)$/;

/** @returns `aes-256-gcm$nonce$tag$ciphertext`, each in base64 */
export function encrypt(plain: string, { id, key }: { id: string; key: Buffer }): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(id));
  const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
  return [CIPHER, ...[nonce, cipher.getAuthTag(), sealed].map((part) => part.toString("base64"))].join("$");
}

export function isEncrypted(stored: string): boolean {
  return stored.startsWith(`${CIPHER}$`);
}

/** The text that was stored, sealed or plain. @throws StartupError when the key is missing or another one */
export function decrypt(stored: string, { id, key }: { id: string; key: Buffer | undefined }): string {
  if (!isEncrypted(stored)) return stored;
  const [, nonce = "", tag = "", sealed = ""] = SEALED.exec(stored) ?? [];
  if (key === undefined) {
    throw new StartupError("The keys in the database are encrypted. Set KEY_ENCRYPTION_KEY to the key that was used.");
  }
  try {
    const decipher = createDecipheriv(CIPHER, key, Buffer.from(nonce, "base64")).setAAD(Buffer.from(id));
    decipher.setAuthTag(Buffer.from(tag, "base64"));
    return Buffer.concat([decipher.update(Buffer.from(sealed, "base64")), decipher.final()]).toString("utf8");
  } catch (error) {
    throw new StartupError(`Key ${id} was not encrypted with this KEY_ENCRYPTION_KEY. Set the one that was used.`, {
      cause: error,
    });
  }
}
