/**
 * How often somebody may be wrong about a password: at one address about one account, at one address at all, and about one
 * account from everywhere.
 *
 * Only failures count, and what strangers do locks nobody out: an address where the account signed in lately is held to
 * its own failures about that account, and to nothing else. A name that nobody has is counted as if somebody had it, or
 * the limits would tell who has an account.
 */
import { networkOf, siteOf } from "../../../platform/auth/client-address.ts";
import type { RedisWindow } from "../../../platform/rate-limit/redis-window.ts";
import type { RateLimits, WindowName } from "../../../platform/config/rate-limits.ts";
import { unawaited } from "../../../platform/async/unawaited.ts";
import type { Call } from "../../../rpc/call.ts";
import { overLimit, setLimitHeaders } from "../../../rpc/limit-headers.ts";

export interface SignInLimitOptions {
  limiter: RedisWindow;
  windows: RateLimits["windows"];
}

/** Who tries a password: an account's id, or a login that nobody has. */
export interface Trier {
  account: string;
  /** Whether the account signed in from the call's address lately. */
  isKnown: boolean;
}

/** A try at a password, which counts as a failure until it is given back. */
export interface Try {
  /** Whether strangers may fail no more about this account, if it is a failure. */
  readonly isLast: boolean;
  giveBack(): void;
}

/**
 * Counts a try before the password is looked at, so that those who try at once are counted, too.
 * @throws Failure RATE_LIMITED
 */
export async function takeTry(
  call: Call,
  { account, isKnown }: Trier,
  { limiter, windows }: SignInLimitOptions,
): Promise<Try> {
  const limits: { name: WindowName; of: string; binding: boolean }[] = [
    { name: "sign-in-account", of: `${account} ${networkOf(call.peer)}`, binding: true },
    { name: "sign-in-address", of: siteOf(call.peer), binding: !isKnown },
    { name: "sign-in-guesses", of: account, binding: !isKnown },
  ];
  const asks = limits.flatMap(({ name, of, binding }) => {
    const window = windows[name];
    return window === undefined ? [] : [{ name, key: `${name} ${of}`, window, binding }];
  });
  const counted = asks.length === 0 ? [] : await limiter.takeAll(asks);
  const full = counted.find(({ binding, allowed }) => binding && !allowed);
  if (full !== undefined) throw overLimit(call, full.name, { ...full, limit: full.window.count });
  // The other two tell what somebody else did.
  for (const own of counted)
    if (own.name === "sign-in-account") setLimitHeaders(call, { ...own, limit: own.window.count });
  return {
    isLast: counted.some(({ name, remaining }) => name === "sign-in-guesses" && remaining === 0),
    giveBack: () => {
      for (const { key, entry, allowed } of counted) if (allowed) unawaited(limiter.giveBack(key, entry));
    },
  };
}
