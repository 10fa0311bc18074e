/**
 * Step: reads the body as the RPC's request, in the form that the rules count on, and refuses what is longer than it may
 * be before anybody looks into it. After the access step, so that strangers learn nothing from it.
 */
import { invalidFields } from "../../platform/errors/failure.ts";
import type { Answer, Call, Next } from "../call.ts";
import { normalize } from "../request/normalize.ts";

export async function decodeStep(call: Call, next: Next): Promise<Answer> {
  const request = call.decode();
  const overlong = normalize(call.method.input, request);
  if (overlong.length > 0) throw invalidFields(overlong);
  call.request = request;
  return next();
}
