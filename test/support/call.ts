/** A call without a listener, for tests of single steps. */
import { create, type DescMethod } from "@bufbuild/protobuf";
import { CatalogService } from "../../gen/bodega/catalog/v1/catalog_service_pb.ts";
import { type Answer, type Call, isStream } from "../../src/rpc/call.ts";
import { CallSignal } from "../../src/rpc/call-signal.ts";

/** A call of GetProduct by nobody, unless told otherwise. */
export function callOf(options: Partial<Call> & { headers?: Record<string, string> } = {}): Call {
  const { headers = {}, ...rest } = options;
  const method: DescMethod = rest.method ?? CatalogService.method.getProduct;
  return {
    method,
    header: (name) => headers[name],
    peer: "127.0.0.1",
    answerHeaders: new Map(),
    decode: () => create(method.input),
    signal: new CallSignal(),
    deadline: undefined,
    requestId: "a-request",
    caller: undefined,
    request: create(method.input),
    ...rest,
  };
}

/** What is behind the step; never reached where the step refuses. */
export async function unreachable(): Promise<Answer> {
  throw new Error("the step let the call through");
}

/** The messages of a stream. @throws what the stream throws */
export async function messagesOf(answer: Answer): Promise<unknown[]> {
  if (!isStream(answer)) throw new Error("the answer is no stream");
  return Array.fromAsync(answer);
}

export async function thrown(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error("nothing was thrown");
    },
    (error: unknown) => error,
  );
}
