/** Step: reads the body as the RPC's request, after the access step, so that strangers learn nothing from parse errors. */
import type { Answer, Call, Next } from "../call.ts";

export async function decodeStep(call: Call, next: Next): Promise<Answer> {
  call.request = call.decode();
  return next();
}
