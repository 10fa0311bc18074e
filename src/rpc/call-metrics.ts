/** What is counted of calls: how many, how they ended, how long they took; of streams, how many are open. */
import { Code } from "@connectrpc/connect";
import type { DescMethod } from "@bufbuild/protobuf";
import { Failure } from "../platform/errors/failure.ts";
import { metrics } from "../platform/telemetry/metrics.ts";

export interface Outcome {
  /** OK, or a code as the log has it: NotFound. */
  code: string;
  durationMs: number;
}

/** Counts a call as under way. @returns counts it as ended */
export function beginCall(method: DescMethod): (outcome: Outcome) => void {
  if (method.methodKind === "unary") {
    metrics.rpcInFlight.inc();
    return (outcome) => {
      metrics.rpcInFlight.dec();
      observeCall(method, outcome);
    };
  }
  const names = namesOf(method);
  metrics.streamsOpen.inc(names);
  return ({ code }) => {
    metrics.streamsOpen.dec(names);
    metrics.streamsEnded.inc({ ...names, code });
  };
}

/** Counts a unary call and its duration. */
export function observeCall(method: DescMethod, { code, durationMs }: Outcome): void {
  metrics.rpcDuration.observe({ ...namesOf(method), code }, durationMs / 1_000);
}

function namesOf({ parent, name }: DescMethod): { service: string; method: string } {
  return { service: parent.typeName, method: name };
}

export function codeOf(error: unknown): string {
  if (error === undefined) return "OK";
  return error instanceof Failure ? Code[error.code] : Code[Code.Internal];
}
