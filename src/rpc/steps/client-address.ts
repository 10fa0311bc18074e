/** Step: finds out where a call comes from, behind the proxies that the configuration trusts. */
import type { BlockList } from "node:net";
import { clientAddress } from "../../platform/auth/client-address.ts";
import type { Logger } from "../../platform/telemetry/log.ts";
import type { Answer, Call, Next, Step } from "../call.ts";

const MAX_TOLD = 100;

export function clientAddressStep(trusted: BlockList, log?: Logger): Step {
  let told = log === undefined;
  const tellOnce = (hop: string) => {
    if (!told)
      log?.warn(
        { hop: hop.slice(0, MAX_TOLD) },
        "a trusted proxy names its caller by no address in x-forwarded-for; limits count all of its callers as one",
      );
    told = true;
  };
  return async function address(call: Call, next: Next): Promise<Answer> {
    call.peer = clientAddress(call.peer, call.header("x-forwarded-for"), trusted, tellOnce);
    return next();
  };
}
