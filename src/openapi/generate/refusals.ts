/**
 * Why an RPC may refuse: the reasons that follow from how it is declared, and those that its comment names.
 *
 * What may refuse any call, such as TOO_BUSY, is said once for all of them. The list is what the protos promise, and
 * not all that there is: a reason that a comment leaves out, such as the NOT_FOUND of a deletion, is not in it.
 */
import type { DescMessage, DescMethod } from "@bufbuild/protobuf";
import { getComments } from "@bufbuild/protoplugin";
import { Access } from "../../../gen/bodega/access/v1/access_pb.ts";
import { accessOf } from "../../platform/auth/access.ts";
import { type Reason, reasons } from "../../platform/errors/failure.ts";

/** Of any call, whatever it asks for. */
export const OF_ANY_CALL = [
  "MALFORMED_REQUEST",
  "INVALID_FIELDS",
  "INVALID_TOKEN",
  "RATE_LIMITED",
  "TOO_BUSY",
  "DEADLINE_EXCEEDED",
  "UNAVAILABLE",
  "INTERNAL",
] as const satisfies readonly Reason[];

/** Fields of a request that are the same in every RPC, and what is wrong with them then. */
const OF_FIELDS: [field: string, ...reasons: Reason[]][] = [
  ["page_token", "INVALID_PAGE_TOKEN"],
  ["update_mask", "UNKNOWN_UPDATE_PATH"],
  ["request_id", "REQUEST_ID_REUSED"],
  ["etag", "STALE_ETAG"],
];

/** In the order of the list of all reasons, without those of any call. */
export function reasonsOf(method: DescMethod): Reason[] {
  const comment = getComments(method).leading ?? "";
  const named = new Set(comment.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g));
  const declared = new Set([
    ...ofAccess(method),
    ...OF_FIELDS.flatMap(([field, ...of]) => (asksFor(method.input, field) ? of : [])),
  ]);
  return Object.keys(reasons).filter(
    (reason): reason is Reason =>
      isReason(reason) && (declared.has(reason) || named.has(reason)) && !OF_ANY_CALL.some((one) => one === reason),
  );
}

function ofAccess(method: DescMethod): Reason[] {
  const access = accessOf(method);
  if (access.includes(Access.PUBLIC)) return [];
  return access.includes(Access.CUSTOMER) && access.includes(Access.SERVICE)
    ? ["NOT_SIGNED_IN"]
    : ["NOT_SIGNED_IN", "ACCESS_DENIED"];
}

/** Itself, or in the resource of an update. */
function asksFor(input: DescMessage, name: string): boolean {
  const isUpdate = input.fields.some((field) => field.name === "update_mask");
  return input.fields.some(
    (field) => field.name === name || (isUpdate && field.message?.fields.some((inner) => inner.name === name) === true),
  );
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(reasons, text);
}
