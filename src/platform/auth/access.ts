/**
 * Who may call what: read from the RPC's own declaration in the proto, and decided here.
 *
 * CUSTOMER admits every signed-in user, admins too; a service is admitted only where SERVICE is named.
 */
import { type DescMethod, getOption } from "@bufbuild/protobuf";
import { Access, access } from "../../../gen/bodega/access/v1/access_pb.ts";
import type { Caller, Role } from "./caller.ts";
import { Failure } from "../errors/failure.ts";

const ADMITTED: Record<Role, Access[]> = {
  CUSTOMER: [Access.CUSTOMER],
  ADMIN: [Access.ADMIN, Access.CUSTOMER],
  SERVICE: [Access.SERVICE],
};

/** Reading an option of a descriptor takes 2 % of an order's time; they never change. */
const declared = new WeakMap<DescMethod, Access[]>();

/** The declared accesses; empty when nobody declared one, which `pipeline` and `checkAccess` both refuse. */
export function accessOf(method: DescMethod): Access[] {
  const known = declared.get(method) ?? getOption(method, access).filter((one) => one !== Access.UNSPECIFIED);
  declared.set(method, known);
  return known;
}

/** Whether a caller of that role is admitted; undefined for nobody. */
export function admits(admitting: readonly Access[], role: Role | undefined): boolean {
  if (admitting.includes(Access.PUBLIC)) return true;
  return role !== undefined && admitting.some((one) => ADMITTED[role].includes(one));
}

/** @throws Failure NOT_SIGNED_IN, ACCESS_DENIED */
export function checkAccess(admitting: readonly Access[], caller: Caller): void {
  if (admits(admitting, caller?.role)) return;
  if (caller === undefined) {
    throw new Failure("NOT_SIGNED_IN", "Sign in first: send `authorization: Bearer <access token>`.");
  }
  throw new Failure("ACCESS_DENIED", "Your role may not do this.", { metadata: { role: caller.role } });
}
