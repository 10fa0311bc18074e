/**
 * Step: reads of the history are answered by a replica that has everything the primary had when they came.
 *
 * The innermost step, so that what the others read and write is the primary's. What is behind it may run twice.
 */
import type { DescMethod } from "@bufbuild/protobuf";
import type { ReplicaSet } from "../../platform/database/replica-set.ts";
import type { Answer, Call, Next, Step } from "../call.ts";

/** @param replicas undefined where there are none */
export function replicaStep(reads: readonly DescMethod[], replicas: ReplicaSet | undefined): Step {
  const fromReplicas = new Set(reads);
  return async function replica(call: Call, next: Next): Promise<Answer> {
    if (replicas === undefined || !fromReplicas.has(call.method)) return next();
    return replicas.read(next, call);
  };
}
