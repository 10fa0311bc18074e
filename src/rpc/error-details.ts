/** A `Failure` as `google.rpc` details: what every protocol's error carries. */
import { create, type DescMessage, type Message } from "@bufbuild/protobuf";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ConnectError } from "@connectrpc/connect";
import type { Failure } from "../platform/errors/failure.ts";

export const ERROR_DOMAIN = "bodega";

export interface Detail {
  desc: DescMessage;
  value: Message;
}

export function detailsOf(failure: Failure): Detail[] {
  const { reason, metadata, violations, retryAfterMs } = failure;
  const details: Detail[] = [
    { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { domain: ERROR_DOMAIN, reason, metadata }) },
  ];
  if (violations.length > 0) {
    details.push({ desc: BadRequestSchema, value: create(BadRequestSchema, { fieldViolations: violations }) });
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = { seconds: BigInt(Math.floor(retryAfterMs / 1000)), nanos: (retryAfterMs % 1000) * 1_000_000 };
    details.push({ desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) });
  }
  return details;
}

export function toConnectError(failure: Failure): ConnectError {
  const error = new ConnectError(failure.message, failure.code);
  error.details = detailsOf(failure);
  return error;
}
