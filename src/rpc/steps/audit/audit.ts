/**
 * Step: writes down what an admin or a service changed, in the transaction of the change: either both or neither.
 *
 * It opens the transaction, and what the handler does joins it. Inside the idempotency step, so that a repeated
 * request, which changes nothing, is written down once.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";
import type { Sequelize } from "sequelize";
import { type AuditNotes, withAuditNotes } from "../../../platform/context/audit-notes.ts";
import type { SignedIn } from "../../../platform/auth/caller.ts";
import { MAY_STAND_STILL } from "../../../platform/database/pool/session-settings.ts";
import { withTransaction } from "../../../platform/database/transaction.ts";
import { isAudited, objectOf } from "./audited-object.ts";
import { type AuditedChange, changesBetween, nameOf, told } from "./changes.ts";
import { type Answer, type Call, isStream, type Next, pathOf, type Step } from "../../call.ts";

export interface AuditEntry {
  actor: SignedIn;
  /** bodega.catalog.v1.CatalogService/UpdateProduct */
  rpc: string;
  objectType: string;
  objectId: string;
  objectName: string;
  /** Whether the name is that of a person whose account the thing is. */
  personalName: boolean;
  changes: AuditedChange[];
  oldEtag: string;
  newEtag: string;
  requestId: string;
  address: string;
}

export interface AuditOptions {
  /** Writes one down; what it runs joins the transaction around it. */
  record: (entry: AuditEntry) => Promise<void>;
  /** RPCs that wait for somebody else: written down afterwards, with no transaction open meanwhile. */
  waiting: DescMethod[];
  /** RPCs that first work for long, on what they were sent: their transaction may stand still meanwhile. */
  slow: DescMethod[];
}

export function auditStep(database: Sequelize, { record, waiting, slow }: AuditOptions): Step {
  return async function audit(call: Call, next: Next): Promise<Answer> {
    const { caller } = call;
    if (caller === undefined || caller.role === "CUSTOMER" || !isAudited(call.method)) return next();
    const work = async (notes: AuditNotes) => {
      const answer = await next();
      await record(entryOf(call, caller, { answer, notes }));
      return answer;
    };
    if (waiting.includes(call.method)) return withAuditNotes(work);
    const beginWith = slow.includes(call.method) ? MAY_STAND_STILL : undefined;
    const { signal, deadline, method } = call;
    return withTransaction(database, () => withAuditNotes(work), { signal, deadline, method, beginWith });
  };
}

function entryOf(call: Call, actor: SignedIn, { answer, notes }: { answer: Answer; notes: AuditNotes }): AuditEntry {
  if (isStream(answer)) throw new TypeError("a stream changes nothing");
  const { type, id, etag, thing } = objectOf(call.method, { request: call.request, answer, callerId: actor.id });
  return {
    actor,
    rpc: pathOf(call.method).slice(1),
    objectType: type,
    objectId: id,
    ...writtenOf(call.method, { notes, after: thing }),
    oldEtag: notes.oldEtag ?? "",
    newEtag: etag === "" ? (notes.newEtag ?? "") : etag,
    requestId: call.requestId,
    address: call.peer,
  };
}

interface Written {
  notes: AuditNotes;
  /** As the answer has it. */
  after: ReflectMessage | undefined;
}

function writtenOf(
  { name: rpc }: DescMethod,
  { notes: { before, objectName, changes }, after }: Written,
): Pick<AuditEntry, "objectName" | "personalName" | "changes"> {
  // By what it was called before, where it is renamed.
  const thing = before ?? after;
  const named = thing === undefined ? undefined : nameOf(thing);
  // What says nothing of before tells of a change by what it noted: an order that is shipped is no new one.
  const compared = after !== undefined && (before !== undefined || rpc.startsWith("Create"));
  // What is deleted is forgotten in the same transaction, where it is a person's.
  const isForgotten = named?.personal === true && rpc.startsWith("Delete");
  return {
    objectName: isForgotten ? "" : told(objectName ?? named?.name ?? ""),
    personalName: named?.personal === true,
    changes: [
      ...(compared ? changesBetween(before, after) : []),
      ...changes.map((change) => ({ ...change, oldValue: told(change.oldValue), newValue: told(change.newValue) })),
    ],
  };
}
