/**
 * Step: refuses a body that is larger than its RPC takes.
 *
 * Before sign-in, since it is known before anybody has read a token: by the header, or by the bytes that came.
 */
import type { Answer, Call, Next } from "../call.ts";

export async function messageSizeStep(call: Call, next: Next): Promise<Answer> {
  if (call.oversized !== undefined) throw call.oversized;
  return next();
}
