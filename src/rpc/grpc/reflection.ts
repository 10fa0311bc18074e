/** Reflection on GRPC_PORT: the answers of PORT, as bytes, by both versions of the protocol. */
import type { handleBidiStreamingCall, Server, ServerDuplexStream, StatusObject } from "@grpc/grpc-js";
import { type DescMethod, fromBinary, toBinary } from "@bufbuild/protobuf";
import * as v1 from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import * as v1alpha from "../../../gen/grpc/reflection/v1alpha/reflection_pb.ts";
import { Failure } from "../../platform/errors/failure.ts";
import { backpressured } from "../backpressure.ts";
import { pathOf } from "../call.ts";
import { STREAM_PATIENCE_MS } from "../limits.ts";
import { askedTooOften, type Reflection } from "../reflection.ts";
import { toFailure } from "../steps/errors.ts";

type Asking = ServerDuplexStream<Buffer, Buffer>;

export interface ReflectionOptions {
  answer: Reflection;
  /** Whether who asks may ask one more question; each counts as a call. */
  admits: (asking: Pick<Asking, "metadata" | "getPeer">) => boolean;
  statusOf: (failure: Failure) => StatusObject;
  /** Ends a call without a word. */
  cut: (asking: Asking) => void;
}

export function addReflectionToGrpc(server: Server, options: ReflectionOptions): void {
  for (const { serverReflectionInfo: method } of [v1.ServerReflection.method, v1alpha.ServerReflection.method]) {
    server.addService({ [method.name]: definitionOf(method) }, { [method.name]: asked(options) });
  }
}

function asked(options: ReflectionOptions): handleBidiStreamingCall<Buffer, Buffer> {
  return (asking) => {
    answerAll(asking, options).catch((error: unknown) =>
      asking.emit("error", options.statusOf(toFailure(error, { requestId: "" }))),
    );
  };
}

async function answerAll(asking: Asking, { answer, admits, cut }: ReflectionOptions): Promise<void> {
  const flow = backpressured(asking, { leaves: "cancelled", patienceMs: STREAM_PATIENCE_MS, cut: () => cut(asking) });
  // A stream that is destroyed has no status.
  const questions: AsyncIterable<Buffer> = asking.iterator({ destroyOnReturn: false });
  for await (const bytes of questions) {
    if (!admits(asking)) throw askedTooOften();
    const sent = await flow.write(Buffer.from(toBinary(v1.ServerReflectionResponseSchema, answer(questionOf(bytes)))));
    if (!sent) return;
  }
  flow.ending();
  asking.end();
}

function questionOf(bytes: Buffer): v1.ServerReflectionRequest {
  try {
    return fromBinary(v1.ServerReflectionRequestSchema, bytes);
  } catch (error) {
    const message = `The body is not a ${v1.ServerReflectionRequestSchema.typeName}.`;
    throw new Failure("MALFORMED_REQUEST", message, { cause: error });
  }
}

const asBytes = (bytes: Buffer): Buffer => bytes;

function definitionOf(method: DescMethod) {
  return {
    path: pathOf(method),
    requestStream: true,
    responseStream: true,
    requestSerialize: asBytes,
    requestDeserialize: asBytes,
    responseSerialize: asBytes,
    responseDeserialize: asBytes,
  };
}
