/** The RPCs of second factors: turning one on and off, and the sign-in that asks for one. */
import type { IdentityService } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { afterCommit } from "../../../platform/database/transaction.ts";
import { Failure } from "../../../platform/errors/failure.ts";
import { type Call, callerOf } from "../../../rpc/call.ts";
import type { Handlers } from "../../../rpc/service.ts";
import { toTokens, toUser } from "../mapping.ts";
import { verifyPassword } from "../password/password-hash.ts";
import type { Revocations } from "../session/revocations.ts";
import { wrongCredentials } from "../session/sessions.ts";
import type { LoginDeps } from "../sign-in/login.ts";
import { takeTry } from "../sign-in/sign-in-limits.ts";
import type { MfaLogins } from "./mfa-logins.ts";
import type { SecondFactors } from "./second-factors.ts";

export interface MfaDeps extends LoginDeps {
  secondFactors: SecondFactors;
  mfaLogins: MfaLogins;
  revocations: Revocations;
}

export function mfaHandlers(deps: MfaDeps): Handlers<typeof IdentityService> {
  const { users, secondFactors, mfaLogins, markOf, revocations } = deps;
  return {
    async completeLogin({ mfaToken, code }, call) {
      const mark = markOf(call.peer);
      const { account, isKnown } = await mfaLogins.find(mfaToken, mark);
      call.about = { account };
      const complete = () => mfaLogins.complete({ mfaToken, code, account }, mark, call);
      const tokens = await asTry(call, { account, isKnown }, deps, complete);
      return { user: toUser(await users.get(account)), tokens: toTokens(tokens) };
    },

    async enrolTotp({ currentPassword }, call) {
      const { id } = callerOf(call);
      return asOwner(call, deps, async () => {
        await requirePassword(id, currentPassword, call, deps);
        return secondFactors.enrol(id, call);
      });
    },

    async confirmTotp({ code }, call) {
      const { id } = callerOf(call);
      return { recoveryCodes: await asOwner(call, deps, () => secondFactors.confirm(id, code, call)) };
    },

    async disableTotp({ currentPassword, code }, call) {
      const { id } = callerOf(call);
      await asOwner(call, deps, async () => {
        await requirePassword(id, currentPassword, call, deps);
        await secondFactors.disable(id, code, call);
      });
      return {};
    },

    async resetMfa({ userId }, call) {
      await secondFactors.reset(userId, call);
      await afterCommit(() => revocations.pollAfresh());
      return { user: toUser(await users.get(userId)) };
    },
  };
}

/** Whoever is signed in may be somebody at an open screen: wrong passwords and codes count as they do at sign-in. */
async function asOwner<T>(call: Call, deps: MfaDeps, work: () => Promise<T>): Promise<T> {
  return asTry(call, { account: callerOf(call).id, isKnown: true }, deps, work);
}

/** Counts `work` as a try at a password, unless it ends otherwise than by a wrong one. @throws Failure RATE_LIMITED */
async function asTry<T>(
  call: Call,
  { account, isKnown }: { account: string; isKnown: boolean },
  { limits, tellOfGuesses }: MfaDeps,
  work: () => Promise<T>,
): Promise<T> {
  const taken = await takeTry(call, { account, isKnown }, limits);
  try {
    const done = await work();
    taken.giveBack();
    return done;
  } catch (error) {
    if (!(error instanceof Failure) || !WRONG.has(error.reason)) taken.giveBack();
    else if (taken.isLast) tellOfGuesses(account);
    throw error;
  }
}

const WRONG = new Set(["WRONG_CREDENTIALS", "WRONG_MFA_CODE"]);

/** @throws Failure WRONG_CREDENTIALS, TOO_BUSY */
async function requirePassword(id: string, password: string, call: Call, { users, turns }: MfaDeps): Promise<void> {
  using place = turns.enter(call);
  const user = await users.get(id);
  if (!(await place.turn("known", () => verifyPassword(password, user.passwordHash)))) throw wrongCredentials();
}
