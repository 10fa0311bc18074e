/** Rows of identity as messages, and what an update's paths write. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import type { ServiceKeySchema } from "../../../gen/bodega/identity/v1/service_key_pb.ts";
import type { AuditChangeSchema, AuditEventSchema } from "../../../gen/bodega/identity/v1/audit_event_pb.ts";
import type { LoginResponseSchema } from "../../../gen/bodega/identity/v1/identity_service_pb.ts";
import type { TokensSchema } from "../../../gen/bodega/identity/v1/tokens_pb.ts";
import { Role, type User, type UserSchema } from "../../../gen/bodega/identity/v1/user_pb.ts";
import type { Date as DateMessage } from "../../../gen/google/type/date_pb.ts";
import type { Role as RoleName } from "../../platform/auth/caller.ts";
import { timeOfId } from "../../platform/wire/uuid.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import type { AuditedChange } from "../../rpc/steps/audit/changes.ts";
import type { AuditRow } from "./audit-log.ts";
import type { ServiceKeyRow, UserRow } from "./model.ts";
import type { MfaLogin } from "./mfa/mfa-logins.ts";
import type { IssuedTokens } from "./session/sessions.ts";
import type { UserChanges } from "./users.ts";

/** What users change of themselves. */
export const profilePaths = ["email", "username", "first_name", "last_name", "phone", "address", "birth_date"] as const;
/** What admins change of users. */
export const userPaths = [...profilePaths, "role", "disabled"] as const;
type UserPath = (typeof userPaths)[number];

export function toUser(row: UserRow): MessageInitShape<typeof UserSchema> {
  return {
    id: row.id,
    email: row.email,
    emailVerified: row.emailVerified,
    pendingEmail: row.pendingEmail,
    username: row.username,
    firstName: row.firstName,
    lastName: row.lastName,
    phone: row.phone,
    address: row.address,
    birthDate: toDate(row.birthDate),
    role: roleOf(row.role),
    disabled: row.disabled,
    mfaEnabled: row.mfaEnabled,
    createTime: timestampFromDate(row.createdAt),
    updateTime: timestampFromDate(row.updatedAt),
    etag: etagOf(row.version),
  };
}

export function toTokens(tokens: IssuedTokens): MessageInitShape<typeof TokensSchema> {
  return {
    accessToken: tokens.accessToken,
    accessTokenExpireTime: timestampFromDate(tokens.accessTokenExpireTime),
    refreshToken: tokens.refreshToken,
    refreshTokenExpireTime: timestampFromDate(tokens.refreshTokenExpireTime),
  };
}

export function toMfaLogin({ mfaToken, mfaTokenExpireTime }: MfaLogin): MessageInitShape<typeof LoginResponseSchema> {
  return { mfaToken, mfaTokenExpireTime: timestampFromDate(mfaTokenExpireTime) };
}

export function toAuditEvent(row: AuditRow): MessageInitShape<typeof AuditEventSchema> {
  return {
    id: row.id,
    occurTime: timestampFromDate(timeOfId(row.id)),
    actorId: row.actor_id,
    actorRole: roleOf(row.actor_role),
    actorName: row.actor_name,
    rpc: row.rpc,
    objectType: row.object_type,
    objectId: row.object_id,
    oldEtag: row.old_etag,
    newEtag: row.new_etag,
    requestId: row.request_id,
    address: row.address,
    objectName: row.object_name,
    changes: row.changes.map((change) => toAuditChange(change, row.personal_changes ?? [])),
  };
}

/** @param kept what is told of a person, while the account is there */
function toAuditChange(
  change: AuditedChange,
  kept: readonly AuditedChange[],
): MessageInitShape<typeof AuditChangeSchema> {
  const told = change.personal === true ? kept.find(({ path }) => path === change.path) : change;
  const { path } = change;
  return told === undefined || told.redacted === true
    ? { path, redacted: true }
    : { path, oldValue: told.oldValue, newValue: told.newValue };
}

export function toServiceKey(row: ServiceKeyRow): MessageInitShape<typeof ServiceKeySchema> {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    callsPerSecond: row.callsPerSecond ?? undefined,
    creatorId: row.creatorId,
    createTime: timestampFromDate(row.createdAt),
    lastUsedTime: row.lastUsedAt == null ? undefined : timestampFromDate(row.lastUsedAt),
    revokeTime: row.revokedAt == null ? undefined : timestampFromDate(row.revokedAt),
  };
}

export function toChanges(user: User, paths: readonly UserPath[]): UserChanges {
  const changes: UserChanges = {};
  for (const path of paths) Object.assign(changes, changeOf(user, path));
  return changes;
}

/** undefined for one that is not told, which in a create means CUSTOMER and in a filter any. */
export function toRole(role: Role): RoleName | undefined {
  switch (role) {
    case Role.CUSTOMER:
      return "CUSTOMER";
    case Role.ADMIN:
      return "ADMIN";
    case Role.SERVICE:
      return "SERVICE";
    case Role.UNSPECIFIED:
    default:
      // The rules in the proto have refused numbers that mean nothing.
      return undefined;
  }
}

/** @returns YYYY-MM-DD */
export function fromDate(date: DateMessage | undefined): string | null {
  if (date === undefined) return null;
  return [
    String(date.year).padStart(4, "0"),
    ...[date.month, date.day].map((part) => String(part).padStart(2, "0")),
  ].join("-");
}

/** An empty field clears what may be empty, and gives the others their default. */
function changeOf(user: User, path: UserPath): UserChanges {
  switch (path) {
    case "email":
      return { email: user.email };
    case "username":
      return { username: user.username };
    case "first_name":
      return { firstName: user.firstName };
    case "last_name":
      return { lastName: user.lastName };
    case "phone":
      return { phone: user.phone };
    case "address":
      return { address: user.address };
    case "birth_date":
      return { birthDate: fromDate(user.birthDate) };
    case "role":
      return { role: toRole(user.role) ?? "CUSTOMER" };
    case "disabled":
      return { disabled: user.disabled ?? false };
    default:
      return path satisfies never;
  }
}

function roleOf(role: RoleName): Role {
  return Role[role];
}

/** @param text YYYY-MM-DD, or null or absent */
function toDate(text: string | null | undefined) {
  if (text == null) return undefined;
  const [year, month, day] = text.split("-").map(Number);
  return { year, month, day };
}
