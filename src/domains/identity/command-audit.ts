/** What a command on the server did, for the audit log: nobody has signed in, so the command itself is who did it. */
import { create } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { UserSchema } from "../../../gen/bodega/identity/v1/user_pb.ts";
import { changesBetween } from "../../rpc/steps/audit/changes.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import type { AuditLog } from "./audit-log.ts";
import { toUser } from "./mapping.ts";
import type { UserRow } from "./model.ts";

/** No user and no service key has it. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** In the transaction that makes the account. @param command such as `admin create` */
export async function auditMadeUser(auditLog: AuditLog, user: UserRow, command: string): Promise<void> {
  const thing = reflect(UserSchema, create(UserSchema, toUser(user)));
  await auditLog.add({
    actor: { id: NOBODY, role: "ADMIN", name: command },
    rpc: "bodega.identity.v1.IdentityService/CreateUser",
    objectType: "user",
    objectId: user.id,
    objectName: user.username,
    personalName: true,
    changes: changesBetween(undefined, thing),
    oldEtag: "",
    newEtag: etagOf(user.version),
    requestId: "",
    address: "",
  });
}
