/**
 * Signs messages by Standard Webhooks 1.0 (https://www.standardwebhooks.com), symmetric scheme: HMAC-SHA256 over the
 * id, the time of the attempt and the body. Pure but for the randomness of a new secret.
 */
import { createHmac, randomBytes } from "node:crypto";

export interface SignedContent {
  /** The same in every attempt. */
  id: string;
  /** Seconds since 1970. */
  timestamp: number;
  body: string;
}

/** How a secret begins. */
export const SECRET_MARK = "whsec_";
/** The scheme asks for 24 to 64. */
const SECRET_BYTES = 32;

/** @returns `whsec_` and the key in base64 */
export function newSecret(): string {
  return `${SECRET_MARK}${randomBytes(SECRET_BYTES).toString("base64")}`;
}

/** The headers that a receiver verifies. */
export function signatureHeaders(secret: string, { id, timestamp, body }: SignedContent): Record<string, string> {
  const key = Buffer.from(secret.slice(SECRET_MARK.length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": `${timestamp}`, "webhook-signature": `v1,${signature}` };
}
