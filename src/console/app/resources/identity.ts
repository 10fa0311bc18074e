/** Users, service keys and the audit log. */
import { create } from "@bufbuild/protobuf";
import { type AuditEvent, AuditEventSchema } from "../../../../gen/bodega/identity/v1/audit_event_pb.ts";
import { IdentityService } from "../../../../gen/bodega/identity/v1/identity_service_pb.ts";
import { type ServiceKey, ServiceKeySchema } from "../../../../gen/bodega/identity/v1/service_key_pb.ts";
import { Role, type User, UserSchema } from "../../../../gen/bodega/identity/v1/user_pb.ts";
import { among, momentOf, type Query, reading, type Resource, writing, yesNo } from "./resource.ts";
import { things } from "../words/things.ts";

const { method } = IdentityService;

export const users: Resource<User> = {
  path: "users",
  ...things.user,
  schema: UserSchema,
  blank: () => create(UserSchema, { role: Role.CUSTOMER }),
  title: ({ username, email }) => username || email,
  list: reading(
    method.listUsers,
    ({ filters, pageSize, pageToken, query }: Query) => ({
      pageSize,
      pageToken,
      query,
      role: among(Role, filters["role"]),
      disabled: yesNo(filters["disabled"]),
    }),
    ({ users, nextPageToken }) => ({ rows: users, nextPageToken }),
  ),
  get: reading(
    method.getUser,
    (id: string) => ({ id }),
    ({ user }) => user,
  ),
  create: writing(
    method.createUser,
    "user",
    (user: User, { requestId, values }) => ({ user, requestId, password: values["password"] ?? "" }),
    ({ user }) => ({ row: user }),
  ),
  update: writing(
    method.updateUser,
    "user",
    (user: User, { paths }) => ({ user, updateMask: { paths } }),
    ({ user }) => ({ row: user }),
  ),
  remove: reading(
    method.deleteUser,
    ({ id, etag }: User) => ({ id, etag }),
    () => undefined,
  ),
};

export const serviceKeys: Resource<ServiceKey> = {
  path: "service-keys",
  ...things.serviceKey,
  schema: ServiceKeySchema,
  blank: () => create(ServiceKeySchema),
  title: ({ name }) => name,
  list: reading(
    method.listServiceKeys,
    ({ filters, pageSize, pageToken }: Query) => ({ pageSize, pageToken, revoked: yesNo(filters["revoked"]) }),
    ({ serviceKeys, nextPageToken }) => ({ rows: serviceKeys, nextPageToken }),
  ),
  create: writing(
    method.createServiceKey,
    "service_key",
    (serviceKey: ServiceKey, { requestId }) => ({ serviceKey, requestId }),
    ({ serviceKey, secret }) => ({ row: serviceKey, secret }),
  ),
};

export const auditEvents: Resource<AuditEvent> = {
  path: "audit",
  ...things.auditEvent,
  schema: AuditEventSchema,
  blank: () => create(AuditEventSchema),
  title: ({ rpc }) => rpc,
  list: reading(
    method.listAuditEvents,
    ({ filters, pageSize, pageToken }: Query) => ({
      pageSize,
      pageToken,
      actorId: filters["actor"] ?? "",
      rpc: filters["rpc"] ?? "",
      objectType: filters["type"] ?? "",
      objectId: filters["object"] ?? "",
      startTime: momentOf(filters["from"]),
      endTime: momentOf(filters["until"]),
    }),
    ({ auditEvents, nextPageToken }) => ({ rows: auditEvents, nextPageToken }),
  ),
};
