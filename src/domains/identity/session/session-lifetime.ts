/**
 * How long a session lasts: so long after its sign-in, and so long without use. Pure.
 *
 * A session is a family of refresh tokens, whose id tells when it began; a token that is used gives the next one, so that
 * the age of the newest is how long the session was not used.
 */
import type { Role } from "../../../platform/auth/caller.ts";
import { timeOfId } from "../../../platform/wire/uuid.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Whoever has a device for good signs in there four times a year; a copy of its memory is worth no more than that. */
const LIFE_MS = 90 * DAY_MS;
const IDLE_CUSTOMER_MS = 30 * DAY_MS;
/** Whoever runs the shop leaves for the night. */
const IDLE_STAFF_MS = 12 * HOUR_MS;

/** When a session ends, however it is used. @param family its id */
export function sessionEnd(family: string): Date {
  return new Date(timeOfId(family).getTime() + LIFE_MS);
}

/** When a refresh token ends, unless it is used before. */
export function refreshTokenEnd({ role, family, issuedAt }: { role: Role; family: string; issuedAt: Date }): Date {
  const idleMs = role === "CUSTOMER" ? IDLE_CUSTOMER_MS : IDLE_STAFF_MS;
  return new Date(Math.min(sessionEnd(family).getTime(), issuedAt.getTime() + idleMs));
}
