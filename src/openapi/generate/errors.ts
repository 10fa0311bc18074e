/** How Connect tells a refusal, as JSON schemas (connectrpc.com/docs/protocol, "Unary-Response"). */
import { refTo } from "./schemas.ts";

const CODES = [
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];

export const ERROR_SCHEMAS = {
  Error: {
    type: "object",
    description:
      "A refusal. Each has google.rpc.ErrorInfo among its details, with domain `bodega` and a reason; /docs/errors tells what each reason means.",
    required: ["code"],
    properties: {
      code: { type: "string", enum: CODES },
      message: { type: "string", description: "For people: what is wrong, and what to do about it." },
      details: { type: "array", items: refTo("ErrorDetail") },
    },
    example: {
      code: "not_found",
      message: "There is no product 01943fe4-15e0-7000-9136-120f56ee2db3.",
      details: [
        {
          type: "google.rpc.ErrorInfo",
          value: "ChFQUk9EVUNUX05PVF9GT1VORBIGYm9kZWdh",
          debug: { reason: "PRODUCT_NOT_FOUND", domain: "bodega" },
        },
      ],
    },
  },
  ErrorDetail: {
    type: "object",
    properties: {
      type: { type: "string", description: "google.rpc.ErrorInfo, google.rpc.BadRequest or google.rpc.RetryInfo." },
      value: {
        type: "string",
        contentEncoding: "base64",
        description: "The detail's protobuf bytes, without padding.",
      },
      debug: {
        description: "The detail as JSON.",
        type: "object",
        properties: {
          reason: refTo("Reason"),
          domain: { type: "string", description: "bodega" },
          metadata: { type: "object", additionalProperties: { type: "string" } },
        },
      },
    },
  },
  Reason: { type: "string", description: "Why. More may be added." },
};
