/**
 * What people change of their own way in, for the audit log: password and e-mail address, in the change's transaction.
 *
 * Customers' other changes are no administration, and what admins change is written down by the audit step. Whoever
 * changes something by a token of a mail has not signed in: then it is the account itself that did it.
 */
import type { NotedChange } from "../../platform/context/audit-notes.ts";
import { etagOf } from "../../platform/wire/etag.ts";
import { type Call, pathOf } from "../../rpc/call.ts";
import { isAudited } from "../../rpc/steps/audit/audited-object.ts";
import type { AuditLog } from "./audit-log.ts";
import type { UserRow } from "./model.ts";

export const NEW_PASSWORD: NotedChange = { path: "password", oldValue: "", newValue: "", redacted: true };

/** @param change that of an address tells of a person, and is forgotten with the account */
export async function recordOwnChange(
  auditLog: AuditLog,
  { user, change }: { user: UserRow; change: NotedChange },
  { caller, method, requestId, peer }: Call,
): Promise<void> {
  if (caller !== undefined && caller.role !== "CUSTOMER" && isAudited(method)) return;
  const { id, role, username } = user;
  await auditLog.add({
    // The name would stay in the log: the object's goes with the account.
    actor: { id, role, name: "" },
    rpc: pathOf(method).slice(1),
    objectType: "user",
    objectId: id,
    objectName: username,
    personalName: true,
    changes: [change.redacted === true ? change : { ...change, personal: true }],
    oldEtag: "",
    newEtag: etagOf(user.version),
    requestId,
    address: peer,
  });
}
