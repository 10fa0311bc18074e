/**
 * Which limits there are, what holds without configuration, and how RATE_LIMITS is read. Pure.
 *
 * `sign-in-account=5/60s, suggestions=off, calls=100/1s/400, open-holds=5`: each limit by its name, as a count in a time,
 * for `calls` with the burst that may be saved up, for what is open at once as a count alone; `off` switches one off, and
 * alone all of them. What is not named keeps its default.
 */

/** At most `count` in any stretch of `windowMs`, wherever it begins. */
export interface Window {
  count: number;
  windowMs: number;
}

/** `perSecond` go on for ever; up to `burst` may come at once. */
export interface Bucket {
  perSecond: number;
  burst: number;
}

export const windowNames = [
  "sign-in-account",
  "sign-in-address",
  "sign-in-guesses",
  "password-change",
  "email-change",
  "recovery",
  "registration",
  "suggestions",
  "promotion-guesses",
  "orders",
] as const;
export type WindowName = (typeof windowNames)[number];

/** undefined: off. */
export interface RateLimits {
  windows: Record<WindowName, Window | undefined>;
  calls: Bucket | undefined;
  /** How many open holds a customer may have. */
  openHolds: number | undefined;
  /** That one address has open at once to each process and port. */
  connections: number | undefined;
}

const MINUTE_MS = 60_000;

export const DEFAULT_RATE_LIMITS: RateLimits = {
  windows: {
    // Failures of an account at one address: a person mistypes three times; a machine that guesses needs thousands of tries.
    "sign-in-account": { count: 10, windowMs: MINUTE_MS },
    // Failures of an address, whatever accounts it tries: many people share an office's address.
    "sign-in-address": { count: 100, windowMs: MINUTE_MS },
    // Failures of an account from everywhere: more than any person makes, and few for a machine with many addresses.
    "sign-in-guesses": { count: 100, windowMs: 10 * MINUTE_MS },
    // Current passwords that are wrong: they can be guessed here too, by whoever found an unlocked telephone.
    "password-change": { count: 10, windowMs: MINUTE_MS },
    // Mails that one account has sent to addresses that it names: to correct a typing error takes two.
    "email-change": { count: 10, windowMs: 60 * MINUTE_MS },
    // Of an address: requests for a new password, and tokens of mails that are tried. An office has many people.
    recovery: { count: 30, windowMs: MINUTE_MS },
    registration: { count: 30, windowMs: MINUTE_MS },
    suggestions: { count: 20, windowMs: MINUTE_MS },
    // Codes that do not apply: a person tries a handful from a newsletter.
    "promotion-guesses": { count: 20, windowMs: MINUTE_MS },
    // Of one customer in one process; a family that shops by one account places a handful.
    orders: { count: 30, windowMs: MINUTE_MS },
  },
  calls: { perSecond: 500, burst: 2_000 },
  // A phone that loses answers may leave a few; whoever keeps more wants to keep stock from others.
  openHolds: 20,
  // Hundreds of people share the address of an office or of a mobile network.
  connections: 1_000,
};

const RATE_LIMITS_OFF: RateLimits = {
  windows: {
    "sign-in-account": undefined,
    "sign-in-address": undefined,
    "sign-in-guesses": undefined,
    "password-change": undefined,
    "email-change": undefined,
    recovery: undefined,
    registration: undefined,
    suggestions: undefined,
    "promotion-guesses": undefined,
    orders: undefined,
  },
  calls: undefined,
  openHolds: undefined,
  connections: undefined,
};

const WINDOW = /^(\d{1,9})\/(\d{1,9})(ms|s|m|h)$/;
const BUCKET = /^(\d{1,9})\/(\d{1,9})(ms|s|m|h)\/(\d{1,9})$/;
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: MINUTE_MS, h: 60 * MINUTE_MS };
/** A window keeps an entry for each call that it let through: this bounds what one caller costs. */
const MAX_COUNT = 10_000;

/** @throws RangeError that says which part is wrong, and how it should be */
export function parseRateLimits(text: string | undefined): RateLimits {
  if (text === undefined) return DEFAULT_RATE_LIMITS;
  if (text === "off") return RATE_LIMITS_OFF;
  const limits = { ...DEFAULT_RATE_LIMITS, windows: { ...DEFAULT_RATE_LIMITS.windows } };
  for (const part of text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")) {
    const [name = "", value = ""] = part.split("=", 2).map((one) => one.trim());
    const window = windowNames.find((one) => one === name);
    if (window !== undefined) limits.windows[window] = value === "off" ? undefined : windowOf(part, value);
    else if (name === "calls") limits.calls = value === "off" ? undefined : bucketOf(part, value);
    else if (name === "open-holds") limits.openHolds = value === "off" ? undefined : countOf(part, value);
    else if (name === "connections") limits.connections = value === "off" ? undefined : countOf(part, value);
    else
      throw new RangeError(
        `"${part}": the limits are ${[...windowNames, "calls", "open-holds", "connections"].join(", ")}`,
      );
  }
  return limits;
}

function windowOf(part: string, value: string): Window {
  const [, count, time, unit = ""] = WINDOW.exec(value) ?? [];
  const window = { count: Number(count), windowMs: Number(time) * (UNIT_MS[unit] ?? Number.NaN) };
  if (window.count > 0 && window.count <= MAX_COUNT && window.windowMs > 0) return window;
  throw new RangeError(`"${part}": a limit is off, or a count from 1 to ${MAX_COUNT} in a time, such as 10/60s`);
}

function countOf(part: string, value: string): number {
  const count = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (count > 0 && count <= MAX_COUNT) return count;
  throw new RangeError(`"${part}": this limit is off, or a count from 1 to ${MAX_COUNT}`);
}

function bucketOf(part: string, value: string): Bucket {
  const [, count, time, unit = "", burst] = BUCKET.exec(value) ?? [];
  const bucket = {
    perSecond: (Number(count) * 1_000) / (Number(time) * (UNIT_MS[unit] ?? Number.NaN)),
    burst: Number(burst),
  };
  if (bucket.perSecond > 0 && Number.isFinite(bucket.perSecond) && bucket.burst >= 1) return bucket;
  throw new RangeError(`"${part}": calls is off, or a count in a time and a burst, such as 500/1s/2000`);
}
