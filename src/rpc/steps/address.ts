/** Step: finds out where a call comes from, behind the proxies that the configuration trusts. */
import type { BlockList } from "node:net";
import { clientAddress } from "../../platform/client-address.ts";
import type { Answer, Call, Next, Step } from "../call.ts";

export function addressStep(trusted: BlockList): Step {
  return async function address(call: Call, next: Next): Promise<Answer> {
    call.peer = clientAddress(call.peer, call.header("x-forwarded-for"), trusted);
    return next();
  };
}
