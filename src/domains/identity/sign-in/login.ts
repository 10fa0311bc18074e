/**
 * Login: whose password it is, whether he may try, and when it is his turn; then whether it is right.
 *
 * A login that nobody has goes the same way as one that somebody has, step by step, so that neither the answer nor its
 * time tells which it is.
 */
import type { LoginRequest } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import type { Call } from "../../../rpc/call.ts";
import type { HashQueue } from "../password/hash-queue.ts";
import type { AddressMark } from "./known-addresses.ts";
import type { UserRow } from "../model.ts";
import { hashPassword, isOutdated, verifyPassword } from "../password/password-hash.ts";
import { wrongCredentials } from "../session/sessions.ts";
import { type SignInLimitOptions, takeTry } from "./sign-in-limits.ts";
import type { Users } from "../users.ts";

export interface LoginDeps {
  users: Users;
  turns: HashQueue;
  limits: SignInLimitOptions;
  markOf: (address: string) => AddressMark;
  /** Tells the owner, later. */
  tellOfGuesses: (userId: string) => void;
}

/** A login that nobody has is logged where it looks like an e-mail address; what else is typed may be a password. */
const LOOKS_LIKE_EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** The user who has this login and password. @throws Failure WRONG_CREDENTIALS, RATE_LIMITED, TOO_BUSY */
export async function userOf(
  { login, password }: Pick<LoginRequest, "login" | "password">,
  call: Call,
  parts: LoginDeps,
): Promise<UserRow> {
  const { users, turns, limits, markOf, tellOfGuesses } = parts;
  using place = turns.enter(call);
  const { user, isKnown } = await users.findByLogin(login, markOf(call.peer));
  const account = user?.id ?? login.toLowerCase();
  call.about = user === undefined ? typed(login) : { account };
  // Awaited, or the place would be given up before its turn.
  return await place.turn(isKnown ? "known" : "new", async () => {
    const taken = await takeTry(call, { account, isKnown }, limits);
    const right = await rightUser(password, user, users).catch((error: unknown) => {
      taken.giveBack();
      throw error;
    });
    if (right !== undefined) {
      taken.giveBack();
      return right;
    }
    if (taken.isLast && user !== undefined) tellOfGuesses(user.id);
    throw wrongCredentials();
  });
}

/** The user, if the password is his and he may sign in. A hash of lesser parameters is made anew in the same turn. */
async function rightUser(password: string, user: UserRow | undefined, users: Users): Promise<UserRow | undefined> {
  const matches = await verifyPassword(password, user?.passwordHash);
  if (user === undefined || !matches || user.disabled) return undefined;
  if (isOutdated(user.passwordHash)) await users.rehash(user, await hashPassword(password));
  return user;
}

function typed(login: string): { login?: string } {
  return LOOKS_LIKE_EMAIL.test(login) ? { login } : {};
}
