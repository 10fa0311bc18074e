/** How often one account has mails sent to addresses that it names: each costs a stranger's attention, if it is one's. */
import { type Call, callerOf } from "../../../rpc/call.ts";
import { overLimit, setLimitHeaders } from "../../../rpc/limit-headers.ts";
import type { SignInLimitOptions } from "../sign-in/sign-in-limits.ts";

const NAME = "email-change";

/** @throws Failure RATE_LIMITED */
export async function takeEmailChange(call: Call, { limiter, windows }: SignInLimitOptions): Promise<void> {
  const window = windows[NAME];
  if (window === undefined) return;
  const verdict = await limiter.take(`${NAME} ${callerOf(call).id}`, window);
  const told = { ...verdict, limit: window.count };
  if (!verdict.allowed) throw overLimit(call, NAME, told);
  setLimitHeaders(call, told);
}
