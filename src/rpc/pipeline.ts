/**
 * The pipeline: each RPC's handler behind the steps that every call passes, in their order.
 *
 * Composed once at the start. A method that nobody declared an access for stops the start here, so that it cannot
 * be served by oversight; the access step refuses it again.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import { accessOf } from "../platform/auth/access.ts";
import { StartupError } from "../platform/errors/startup-error.ts";
import type { Admission } from "./bodies/admission.ts";
import { type Answer, type Call, pathOf, type Rpc, type Step } from "./call.ts";
import type { Service } from "./service.ts";

/**
 * @param admission who is let as far as sending a body; left out: everybody
 * @throws StartupError that names every RPC without an access option
 */
export function pipeline(services: Service[], steps: Step[], admission: Admission = () => undefined): Rpc[] {
  const methods = services.flatMap((service) => service.descriptor.methods.map((method) => ({ method, service })));
  refuseUndeclared(methods.map(({ method }) => method));
  return methods.map(({ method, service }) => ({
    method,
    run: compose(steps, (call) => service.handle(call)),
    admit: admission(method),
  }));
}

function refuseUndeclared(methods: DescMethod[]): void {
  const undeclared = methods.filter((method) => accessOf(method).length === 0).map(pathOf);
  if (undeclared.length === 0) return;
  throw new StartupError(
    `These RPCs declare no access; add the option (bodega.access.v1.access) to their proto:\n${undeclared.join("\n")}`,
  );
}

function compose(steps: Step[], handle: (call: Call) => Promise<Answer>): (call: Call) => Promise<Answer> {
  return steps.reduceRight<(call: Call) => Promise<Answer>>(
    (next, step) => (call) => step(call, () => next(call)),
    handle,
  );
}
