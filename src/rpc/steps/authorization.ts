/** Step: refuses callers whom the RPC's declared access does not admit. An RPC without a declaration admits nobody. */
import { accessOf, checkAccess } from "../../platform/auth/access.ts";
import type { Answer, Call, Next } from "../call.ts";

export async function authorizationStep(call: Call, next: Next): Promise<Answer> {
  checkAccess(accessOf(call.method), call.caller);
  return next();
}
