/**
 * Who may send a body at all: what sign-in and access say of the headers, before anything of it is read.
 *
 * A body is kept until it is whole, and a stranger's is of no use. The steps ask the same again, in their own words: a
 * body may take a minute, and a token can end in it.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { accessOf, admits, checkAccess } from "../../platform/auth/access.ts";
import type { Admit } from "../call.ts";
import { callerIn, type Authenticate } from "../steps/authentication.ts";

/** Of an RPC; undefined where anybody is admitted. */
export type Admission = (method: DescMethod) => Admit | undefined;

export function admissionBy(authentication: Pick<Authenticate, "verify">): Admission {
  return (method) => {
    const admitting = accessOf(method);
    if (admits(admitting, undefined)) return undefined;
    return async (header) => checkAccess(admitting, await callerIn(header("authorization"), authentication));
  };
}
