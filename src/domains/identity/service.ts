/** The RPC surface of identity: accounts, sign-in and the keys of internal callers. */
import {
  IdentityService,
  type ListAuditEventsRequest,
  type RegisterRequest,
} from "../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { type User, UserSchema } from "../../../gen/bodega/identity/v1/user_pb.ts";
import { wholeMsFrom } from "../../platform/wire/uuid.ts";
import { afterCommit } from "../../platform/database/transaction.ts";
import { pathsToWrite } from "../../platform/wire/update-mask.ts";
import { callerOf } from "../../rpc/call.ts";
import { given, required, type Handlers, type Service, service } from "../../rpc/service.ts";
import {
  fromDate,
  toAuditEvent,
  profilePaths,
  toChanges,
  toMfaLogin,
  toRole,
  toServiceKey,
  toTokens,
  toUser,
  userPaths,
} from "./mapping.ts";
import { mfaHandlers } from "./mfa/handlers.ts";
import { userOf } from "./sign-in/login.ts";
import { changePassword, newPasswordHash } from "./password/change-password.ts";
import { resetPassword } from "./recovery/reset-password.ts";
import { updateProfile } from "./recovery/update-profile.ts";
import { requestVerification, verifyEmail } from "./recovery/verify-email.ts";
import type { AuditFilter } from "./audit-log.ts";
import type { IdentityDeps } from "./identity-deps.ts";
import type { UserRow } from "./model.ts";

type IdentityHandlers = Handlers<typeof IdentityService>;

export function identityService(deps: IdentityDeps): Service {
  return service(IdentityService, {
    ...signingIn(deps),
    ...mfaHandlers(deps),
    ...ownAccount(deps),
    ...gettingBackIn(deps),
    ...accounts(deps),
    ...keysOfServices(deps),
    ...auditing(deps),
  });
}

function signingIn(deps: IdentityDeps): IdentityHandlers {
  const { turns, markOf, sessions, mfaLogins, revocations, judgePassword } = deps;
  return {
    async register(request, call) {
      using place = turns.enter(call);
      const hash = () => newPasswordHash(request.password, request, judgePassword);
      const passwordHash = await place.turn("registration", hash);
      const create = () => registered(deps, request, passwordHash);
      const { user, tokens } = await sessions.beginWith(create, markOf(call.peer), call);
      call.about = { account: user.id };
      return { user: toUser(user), tokens: toTokens(tokens) };
    },

    async login(request, call) {
      const user = await userOf(request, call, deps);
      if (user.mfaEnabled) return toMfaLogin(await mfaLogins.begin(user));
      const tokens = await sessions.begin(user, markOf(call.peer), call);
      return { user: toUser(user), tokens: toTokens(tokens) };
    },

    async refreshTokens({ refreshToken }, call) {
      return { tokens: toTokens(await sessions.refresh(refreshToken, call)) };
    },

    async logout({ refreshToken }, call) {
      await sessions.end(refreshToken, call);
      await afterCommit(() => revocations.pollAfresh());
      return {};
    },
  };
}

async function registered(
  { users, onAccount }: IdentityDeps,
  { email, username, firstName, lastName, phone }: RegisterRequest,
  passwordHash: string,
): Promise<UserRow> {
  const created = await users.create({ email, username, firstName, lastName, phone, passwordHash });
  await onAccount.registered(created.id);
  return created;
}

function ownAccount(deps: IdentityDeps): IdentityHandlers {
  const { users } = deps;
  return {
    async getProfile(_request, call) {
      return { user: toUser(await users.get(callerOf(call).id)) };
    },

    async updateProfile({ user, updateMask, currentPassword }, call) {
      const resource = required(user, "user");
      const paths = pathsToWrite(UserSchema, { resource, mask: updateMask, allowed: profilePaths });
      const profile = { changes: toChanges(resource, paths), etag: resource.etag, currentPassword };
      return { user: toUser(await updateProfile(deps, profile, call)) };
    },

    async changePassword(request, call) {
      await changePassword(deps, request, call);
      return {};
    },
  };
}

function gettingBackIn(deps: IdentityDeps): IdentityHandlers {
  return {
    async requestPasswordReset({ email }) {
      await deps.resetRequests.add(email);
      return {};
    },

    async resetPassword(request, call) {
      await resetPassword(deps, request, call);
      return {};
    },

    async requestEmailVerification(_request, call) {
      await requestVerification(deps, call);
      return {};
    },

    async verifyEmail({ token }, call) {
      return { user: toUser(await verifyEmail(deps, token, call)) };
    },
  };
}

function accounts({ users, turns, revocations, onAccount, judgePassword }: IdentityDeps): IdentityHandlers {
  return {
    async createUser({ user, password }, call) {
      const account = required(user, "user");
      using place = turns.enter(call);
      const passwordHash = await place.turn("known", () => newPasswordHash(password, account, judgePassword));
      return { user: toUser(await users.create({ ...toNewAccount(account), passwordHash }, "user.")) };
    },

    async listUsers({ query, role, disabled, ...page }) {
      const { rows, nextPageToken } = await users.list({ query, role: toRole(role), disabled }, page);
      return { users: rows.map(toUser), nextPageToken };
    },

    async getUser({ id }) {
      return { user: toUser(await users.get(id)) };
    },

    async updateUser({ user, updateMask }, call) {
      const resource = required(user, "user");
      const paths = pathsToWrite(UserSchema, { resource, mask: updateMask, allowed: userPaths });
      const changes = toChanges(resource, paths);
      const onMove = (from: string) => onAccount.emailChanging(resource.id, from);
      const updated = await users.update(resource.id, { changes, etag: resource.etag, onMove }, call);
      await afterCommit(() => revocations.pollAfresh());
      return { user: toUser(updated) };
    },

    async deleteUser({ id, etag }, call) {
      await users.remove(id, { etag, onAccount }, call);
      await afterCommit(() => revocations.pollAfresh());
      return {};
    },
  };
}

function toNewAccount({ email, username, firstName, lastName, phone, address, birthDate, role, disabled }: User) {
  const profile = { email, username, firstName, lastName, phone, address, birthDate: fromDate(birthDate) };
  return { ...profile, role: toRole(role) ?? "CUSTOMER", disabled: disabled ?? false };
}

function keysOfServices({ serviceKeys, revocations }: IdentityDeps): IdentityHandlers {
  return {
    async createServiceKey({ serviceKey }, call) {
      const { name, callsPerSecond } = required(serviceKey, "service_key");
      const { key, secret } = await serviceKeys.create({
        name,
        callsPerSecond: callsPerSecond ?? null,
        creatorId: callerOf(call).id,
      });
      return { serviceKey: toServiceKey(key), secret };
    },

    async listServiceKeys({ revoked, ...page }) {
      const { rows, nextPageToken } = await serviceKeys.list({ revoked }, page);
      return { serviceKeys: rows.map(toServiceKey), nextPageToken };
    },

    async revokeServiceKey({ id }, call) {
      const key = await serviceKeys.revoke(id, call);
      await afterCommit(() => revocations.pollAfresh());
      return { serviceKey: toServiceKey(key) };
    },
  };
}

function auditing({ auditLog }: IdentityDeps): IdentityHandlers {
  return {
    async listAuditEvents(request) {
      const { rows, nextPageToken } = await auditLog.list(auditFilterOf(request), request);
      return { auditEvents: rows.map(toAuditEvent), nextPageToken };
    },
  };
}

function auditFilterOf(request: ListAuditEventsRequest): AuditFilter {
  const { actorId, rpc, objectType, objectId, startTime, endTime } = request;
  return {
    actorId: given(actorId),
    rpc: given(rpc),
    objectType: given(objectType),
    objectId: given(objectId),
    startMs: wholeMsFrom(startTime),
    endMs: wholeMsFrom(endTime),
  };
}
